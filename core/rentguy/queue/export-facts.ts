import { z } from 'zod';
import { IntegrityError } from '../../errors';
import { fingerprintOf, type RentguyQueueFingerprint } from '../../repository/fingerprint';
import type { Manifest } from '../../repository/manifest';
import type { QueueNames } from './queue-name';

/** Component of the backups that are made here. */
export const COMPONENT = 'rentguy-queue';

/** What an import has to know of an export: `source.properties` of its manifest. */
const schema = z.looseObject({
	prefix: z.string(),
	queue: z.string(),
	deadLetterQueue: z.string(),
});

export interface ExportFacts {
	queues: QueueNames;
	fingerprint: RentguyQueueFingerprint;
}

/** The names as the manifest keeps them. */
export function toProperties({ main, dead }: QueueNames): Record<string, string> {
	return { prefix: main.prefix, queue: main.name, deadLetterQueue: dead.name };
}

/** Reads them back; throws `IntegrityError` where the manifest is not that of an export of a queue. */
export function readExportFacts(manifest: Manifest): ExportFacts {
	const { success, data, error } = schema.safeParse(manifest.source.properties);
	const fingerprint = fingerprintOf(manifest, COMPONENT);
	if (success && fingerprint) {
		const { prefix, queue, deadLetterQueue } = data;
		const queues = {
			main: { prefix, name: queue },
			dead: { prefix, name: deadLetterQueue },
		};
		return { queues, fingerprint };
	}
	throw new IntegrityError(
		`The manifest of ${manifest.id} does not describe an export of a queue.`,
		{
			hint: 'Choose another backup.',
			cause: error,
		},
	);
}
