import { ConfigurationError, ConflictError } from '../errors';
import { explainFailure } from './git-failure';
import { assertRemote, type GitRemote } from './remote';
import { GitExit, inWorkshop, type Workshop } from './workshop';

const ATTEMPTS = 5;
const TIP = 'refs/remotes/origin/tip';
const NEXT = 'refs/heads/next';

/** Somebody else has pushed since the branch was fetched. */
const OVERTAKEN =
	/\[rejected\]|fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old value/;

export interface Author {
	readonly name: string;
	readonly mail: string;
}

export interface FolderCommit {
	readonly branch: string;
	/** Below the root of the repository. All of it belongs to this; what lies beside it is not touched. */
	readonly folder: string;
	/** Content by path below the folder. */
	readonly files: ReadonlyMap<string, string>;
	readonly message: string;
	readonly author: Author;
}

export interface CommittedFolder {
	/** Whether this has made a commit, and pushed it. */
	readonly committed: boolean;
	/** The newest commit of the branch. */
	readonly commit: string;
	/** Paths below the folder. */
	readonly added: string[];
	readonly changed: string[];
	readonly removed: string[];
}

/**
 * Makes a folder of a branch hold exactly these files, and pushes that as one commit; makes none where it
 * does so already. A branch that is not there is begun. Where somebody pushes at the same time, it is done
 * again upon what they have pushed. Nothing is ever forced, and nothing stays on this machine.
 *
 * Rejects with `ConfigurationError`, `ConnectionError`, `StoreError` for what the server refuses,
 * `ConflictError` where others push all the time, or `CancelledError`.
 */
export async function commitFolder(
	remote: GitRemote,
	commit: FolderCommit,
	signal?: AbortSignal,
): Promise<CommittedFolder> {
	assertRemote(remote);
	assertBranch(commit.branch);
	assertFolder(commit.folder);
	return await inWorkshop(
		remote,
		async ({ git }) => {
			for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
				const tip = await fetchTip(git, commit.branch);
				await writeCommit(git, commit, tip);
				const changes = await changesSince(git, commit.folder, tip);
				if (tip !== undefined && isNothing(changes)) {
					return { committed: false, commit: tip, ...changes };
				}
				if (await push(git, commit.branch)) {
					return { committed: true, commit: await idOf(git, NEXT), ...changes };
				}
			}
			throw new ConflictError(
				`Others push to the branch ${commit.branch} all the time: ${ATTEMPTS} tries were overtaken.`,
				{ hint: 'Run it again later, or give it a branch of its own.' },
			);
		},
		signal,
	);
}

type Git = Workshop['git'];

/** Id of the newest commit of the branch, which is here then; nothing where there is no such branch. */
async function fetchTip(git: Git, branch: string): Promise<string | undefined> {
	const ref = `refs/heads/${branch}`;
	const listed = await git(['ls-remote', 'origin', ref]);
	if (!listed.split('\n').some((line) => line.endsWith(`\t${ref}`))) return undefined;
	await git(['fetch', '--quiet', '--no-tags', '--depth=1', 'origin', `+${ref}:${TIP}`]);
	return await idOf(git, TIP);
}

async function idOf(git: Git, ref: string): Promise<string> {
	return (await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])).trim();
}

/** By fast-import: without a working tree, no file of the repository has a say in what is committed. */
async function writeCommit(
	git: Git,
	{ folder, files, message, author }: FolderCommit,
	tip: string | undefined,
): Promise<void> {
	const { name, mail } = author;
	const when = `${Math.floor(Date.now() / 1000)} +0000`;
	const pieces = [
		`reset ${NEXT}\n\ncommit ${NEXT}\ncommitter ${plain(name)} <${plain(mail)}> ${when}\n`,
		...data(message),
		...(tip === undefined ? [] : [`from ${tip}\n`, `D ${quoted(folder)}\n`]),
		...[...files].flatMap(([path, content]) => [
			`M 100644 inline ${quoted(`${folder}/${path}`)}\n`,
			...data(content),
		]),
		'done\n',
	];
	const input = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
	await git(['fast-import', '--quiet', '--force', '--done'], { input });
}

function data(text: string): string[] {
	return [`data ${Buffer.byteLength(text)}\n`, text, '\n'];
}

function quoted(path: string): string {
	return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function plain(text: string): string {
	return text.replace(/[<>\p{Cc}]/gu, '').trim();
}

type Changes = Pick<CommittedFolder, 'added' | 'changed' | 'removed'>;

async function changesSince(git: Git, folder: string, tip: string | undefined): Promise<Changes> {
	// The tree without anything in it has the same id in every repository.
	const before = tip ?? (await git(['hash-object', '-t', 'tree', '-w', '--stdin'])).trim();
	const listed = await git([
		'diff-tree',
		'-r',
		'-z',
		'--no-renames',
		'--name-status',
		before,
		NEXT,
	]);
	const fields = listed.split('\0');
	const paths = (letters: string) =>
		fields.flatMap((field, at) =>
			at % 2 === 1 && letters.includes(fields[at - 1] ?? '')
				? [field.slice(folder.length + 1)]
				: [],
		);
	return { added: paths('A'), changed: paths('MT'), removed: paths('D') };
}

function isNothing({ added, changed, removed }: Changes): boolean {
	return added.length + changed.length + removed.length === 0;
}

/** Resolves with whether it went through, or somebody else was faster. */
async function push(git: Git, branch: string): Promise<boolean> {
	try {
		await git(['push', '--porcelain', 'origin', `${NEXT}:refs/heads/${branch}`], { mayFail: true });
		return true;
	} catch (error) {
		if (!(error instanceof GitExit)) throw error;
		if (OVERTAKEN.test(error.words)) return false;
		throw explainFailure(error.words);
	}
}

function assertBranch(branch: string): void {
	const isName =
		/^[^\s~^:?*[\\\p{Cc}]+$/u.test(branch) &&
		!/^[-/.]|\.\.|@\{|\/\/|\/\.|[/.]$|\.lock(\/|$)/.test(branch);
	if (isName) return;
	throw new ConfigurationError(`"${branch}" cannot be the name of a branch.`, {
		hint: 'Give the name of a branch, for example main.',
	});
}

function assertFolder(folder: string): void {
	const parts = folder.split('/');
	const isPlain = parts.every((part) => part !== '' && !/^\.\.?$|^\.git$|\p{Cc}/iu.test(part));
	if (isPlain) return;
	throw new ConfigurationError(`"${folder}" cannot be a folder of a Git repository.`, {
		hint: 'Give one below the root of the repository, for example backups/n8n. All that is in it is replaced.',
	});
}
