import { randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { fillDatabase } from '../../../core/postgres/restore/fill-database';
import { readArchiveToc } from '../../../core/postgres/restore/read-archive-toc';
import type { RestoreRun } from '../../../core/postgres/restore/restore-run';
import { openPayload } from '../../../core/repository/read-backup';
import { openRepository } from '../../../core/repository/repository';
import { verifyStored } from '../../../core/repository/verify-stored';
import { writeBackup } from '../../../core/repository/write-backup';
import { eventually } from '../../support/eventually';
import { requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const root = useTemporaryDirectory();

/** Files of the repository that this process has open. */
async function openFiles(): Promise<string[]> {
	const descriptors = await readdir('/proc/self/fd');
	const files = await Promise.all(
		descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
	);
	return files.filter((file) => file.startsWith(root.path));
}

async function stored() {
	const repository = openRepository({
		directory: { path: root.path },
		encryption: { kind: 'none' },
	});
	// Larger than all buffers on the way, so that the file is still open when reading stops.
	const { component, name, id } = await writeBackup(repository, requestFor(randomBytes(4_000_000)));
	return { repository, backup: { component, name, id } };
}

const GIVEN_UP: [string, (at: Awaited<ReturnType<typeof stored>>) => Promise<unknown>][] = [
	[
		'destroyed at once',
		async ({ repository, backup }) => (await openPayload(repository, backup)).stream.destroy(),
	],
	[
		'left behind its first bytes',
		async ({ repository, backup }) => {
			const { stream } = await openPayload(repository, backup);
			for await (const chunk of stream) if (chunk) break;
		},
	],
	['no archive', ({ repository, backup }) => readArchiveToc(repository, backup)],
	[
		'for a pg_restore that cannot be started',
		({ repository, backup }) =>
			fillDatabase(
				{
					...{ repository, backup, purpose: 'test', owners: 'never', privileges: 'never' },
					server: { host: '', port: 1, user: '', password: '', tls: { mode: 'disable' } },
					engine: { kind: 'native', tool: { path: 'not\0a path' } },
					archive: { tablespaces: true },
				} as unknown as RestoreRun,
				{ database: 'x', clean: false },
			),
	],
	...[0, 1, 2, 4, 8].flatMap((turns): [string, (typeof GIVEN_UP)[number][1]][] => [
		[`cancelled in turn ${turns} of opening`, (at) => cancelled(turns, (s) => read(at, s))],
		[
			`cancelled in turn ${turns} of verifying`,
			({ repository, backup }) =>
				cancelled(turns, (signal) => verifyStored(repository, backup, { signal })),
		],
	]),
];

it.each(GIVEN_UP)('a payload that is %s leaves no file open', async (_how, giveUp) => {
	const at = await stored();
	await giveUp(at).catch(() => undefined);
	// Soon: in the end the garbage collector closes what was forgotten.
	await eventually(async () => expect(await openFiles()).toEqual([]), 2_000);
});

async function read(
	{ repository, backup }: Awaited<ReturnType<typeof stored>>,
	signal: AbortSignal,
) {
	(await openPayload(repository, backup, { signal })).stream.resume();
}

async function cancelled(turns: number, act: (signal: AbortSignal) => Promise<unknown>) {
	const stop = new AbortController();
	const acting = act(stop.signal).catch(() => undefined);
	for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
	stop.abort();
	await acting;
}
