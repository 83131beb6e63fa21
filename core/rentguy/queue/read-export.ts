import { pipeline } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { IntegrityError } from '../../errors';
import type { Manifest } from '../../repository/manifest';
import type { OpenPayload } from '../../repository/read-backup';
import { type ExportFacts, readExportFacts } from './export-facts';
import { ExportInspector } from './export-inspector';
import { differencesIn } from './job-counts';
import type { QueueRole } from './queue-name';

/** An export that was read to its end, and holds what was counted when it was made. */
export interface ProvedExport extends ExportFacts {
	manifest: Manifest;
	jobs: number;
	/** The highest id that is a number, of each queue. */
	highestIds: Readonly<Record<QueueRole, number>>;
}

/**
 * Reads an export into `target`: its bytes, its checksum, each of its lines, and the number of jobs
 * against those of the manifest. Rejects with `IntegrityError` where it is damaged; what `target` has
 * taken does not count then.
 */
export async function readExport(
	{ manifest, stream, store }: OpenPayload,
	target: Writable,
): Promise<ProvedExport> {
	const damaged = (what: string) =>
		new IntegrityError(`The copy of ${manifest.id} in ${store} is damaged: ${what}.`, {
			hint: 'Use the copy in another store, or another backup.',
		});
	const inspector = new ExportInspector(damaged);
	try {
		const facts = readExportFacts(manifest);
		await pipeline(stream, inspector, target);
		const [difference] = differencesIn(facts.fingerprint, inspector.counts);
		if (difference !== undefined) throw damaged(difference);
		return {
			...{ ...facts, manifest, jobs: inspector.counts.total },
			highestIds: inspector.highestIds,
		};
	} finally {
		stream.destroy();
	}
}
