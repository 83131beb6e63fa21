import type { BackupRef } from '../../repository/catalogue';
import { openPayload } from '../../repository/read-backup';
import type { Repository } from '../../repository/repository';
import { malformed } from '../archive/malformed';
import { ArchiveParser } from '../archive/parser';
import type { ArchiveToc } from '../archive/toc';

/**
 * Reads the table of contents at the head of a backup's archive, and no further. Its bytes are proved
 * only by whoever reads the archive to its end. Rejects as `openPayload` does.
 */
export async function readArchiveToc(
	repository: Repository,
	backup: BackupRef,
	signal?: AbortSignal,
): Promise<ArchiveToc> {
	const { stream } = await openPayload(repository, backup, { signal });
	const parser = new ArchiveParser();
	try {
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			for (const event of parser.push(chunk)) if (event.type === 'toc') return event.toc;
		}
	} finally {
		stream.destroy();
	}
	throw malformed('it ends within its table of contents');
}
