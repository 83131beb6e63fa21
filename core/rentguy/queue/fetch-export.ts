import { type FetchedCopy, fetchCopy, type FetchOptions } from '../../redis/fetch-copy';
import type { BackupRef } from '../../repository/catalogue';
import type { Repository } from '../../repository/repository';
import { decodeJob, type JobLine } from './job-line';
import { type ProvedExport, readExport } from './read-export';
import { LineSplitter } from './split-lines';

/** An export on the disk of this machine, read to its end and found whole. */
export type FetchedExport = ProvedExport & FetchedCopy;

/**
 * Brings an export here from the first store that has it whole, and proves it: its bytes, its checksum,
 * each of its lines and their number. The caller closes `file`. Rejects with the typed errors of
 * `core/`, with `IntegrityError` where it is damaged in every store.
 */
export async function fetchExport(
	repository: Repository,
	backup: BackupRef,
	options: FetchOptions,
): Promise<FetchedExport> {
	return await fetchCopy(
		repository,
		backup,
		async (payload, file) => {
			await file.assertRoomFor(payload.manifest.payload.raw.bytes);
			return await readExport(payload, file.writer());
		},
		'The import',
		options,
	);
}

/** The jobs of an export that was fetched, in their order. */
export async function* jobsOf({
	file,
}: FetchedCopy): AsyncGenerator<{ job: JobLine; bytes: number }> {
	const lines = new LineSplitter();
	for await (const chunk of file.reader()) {
		for (const line of lines.push(chunk as Buffer)) {
			const job = decodeJob(line);
			// Each line was read before, on its way into the file.
			if (!job) throw new Error('The temporary file is not what was written into it');
			yield { job, bytes: line.length };
		}
	}
}
