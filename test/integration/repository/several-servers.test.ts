import { chooseBackup } from '../../../core/repository/choose-backup';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { recordVerification } from '../../../core/repository/verification';
import { writeBackup } from '../../../core/repository/write-backup';
import { FACTS, requestFor, sourceOf } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const root = useTemporaryDirectory();
const OF = { component: 'postgres', name: 'shop' };
const NAMES = expect.stringContaining('a name of their own');

/** Backups of these servers, oldest first; an empty text is a server that does not tell. */
async function backups(...clusters: string[]): Promise<{ repository: Repository; ids: string[] }> {
	const repository = openRepository({
		directory: { path: root.path },
		encryption: { kind: 'none' },
	});
	const ids: string[] = [];
	for (const [hour, cluster] of clusters.entries()) {
		const source = { ...FACTS.source, ...(cluster && { cluster }) };
		const payload = sourceOf(Buffer.from('payload'));
		const { id } = await writeBackup(
			repository,
			requestFor(
				{ ...payload, complete: () => Promise.resolve({ ...FACTS, source }) },
				{ consistencyPoint: new Date(Date.UTC(2026, 0, 1, hour)) },
			),
		);
		ids.push(id);
	}
	return { repository, ids };
}

const verify = (repository: Repository, id: string) =>
	recordVerification(
		repository,
		{ ...OF, id },
		{ level: 'restored', at: new Date(), durationMs: 1, details: {} },
	);

it('is quiet where all backups are of one server, or do not tell', async () => {
	const { repository, ids } = await backups('', 'a', 'a');
	for (const filter of [OF, { ...OF, cluster: 'a' }, { ...OF, cluster: 'new' }]) {
		const chosen = await chooseBackup(repository, filter, 'newest');
		expect(chosen).toMatchObject({ backup: { id: ids[2] }, notes: [] });
	}
});

it('takes the newest after a move, on the old server, the new one or a third', async () => {
	const { repository, ids } = await backups('a', 'a', 'b');
	for (const filter of [OF, { ...OF, cluster: 'b' }, { ...OF, cluster: 'c' }]) {
		const chosen = await chooseBackup(repository, filter, 'newest');
		expect(chosen).toMatchObject({ backup: { id: ids[2] }, notes: [] });
	}
	const back = await chooseBackup(repository, { ...OF, cluster: 'a' }, 'newest');
	expect(back).toMatchObject({ backup: { id: ids[1] }, notes: [NAMES] });
});

it('says so where the newest verified one is from before a move', async () => {
	const { repository, ids } = await backups('a', 'b');
	await verify(repository, ids[0] as string);
	const chosen = await chooseBackup(repository, OF, 'newest-verified');
	expect(chosen).toMatchObject({
		backup: { id: ids[0] },
		notes: [`The backup ${ids[0]} is of another server than the newest one, ${ids[1]}.`],
	});
	await expect(
		chooseBackup(repository, { ...OF, cluster: 'b' }, 'newest-verified'),
	).rejects.toMatchObject({
		name: 'ConfigurationError',
		hint: expect.stringContaining(`Verify ${ids[1]} first`),
	});
});

it('takes a server’s own where two take turns, and refuses to guess for a third', async () => {
	const { repository, ids } = await backups('a', 'b', 'a', 'b');
	const own = await chooseBackup(repository, { ...OF, cluster: 'a' }, 'newest');
	expect(own).toMatchObject({ backup: { id: ids[2] }, notes: [NAMES] });
	for (const filter of [OF, { ...OF, cluster: 'c' }]) {
		await expect(chooseBackup(repository, filter, 'newest')).rejects.toMatchObject({
			name: 'ConfigurationError',
			message: expect.stringMatching(new RegExp(`in turns.*${ids[3]}.*${ids[2]}`)),
			hint: NAMES,
		});
	}
	const chosen = await chooseBackup(repository, OF, { id: ids[1] as string });
	expect(chosen).toMatchObject({ backup: { id: ids[1] }, notes: [] });
});
