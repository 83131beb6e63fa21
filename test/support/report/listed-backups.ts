import type { EventRecord } from '../../../core/events/event';
import { verificationFile, type VerificationLevel } from '../../../core/repository/keys';
import { createBackupId } from '../../../core/repository/naming';
import type { Repository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import type { MemoryStore } from '../../unit/repository/memory-store';
import { requestFor } from '../repository/sample-backup';

/** A backup as a listing shows it. */
export interface Listed {
	component: string;
	name: string;
	at: Date;
	bytes?: number;
	verified?: readonly VerificationLevel[];
	/** Without a manifest it is not finished. */
	committed?: boolean;
}

/** Puts the keys of backups into a store, for code that never opens them. Returns their ids. */
export function listIn(store: MemoryStore, backups: readonly Listed[]): string[] {
	return backups.map(({ component, name, at, bytes = 10, verified = [], committed = true }) => {
		const id = createBackupId(name, at);
		const folder = `${component}/${name}/${id}/`;
		store.objects.set(`${folder}${id}-0123456789ab.dump`, sized(bytes));
		if (committed) store.objects.set(`${folder}manifest.json`, Buffer.from('{}'));
		for (const level of verified) {
			const file = verificationFile(level, new Date(at.getTime() + 60_000));
			store.objects.set(folder + file, Buffer.from('{}'));
		}
		return id;
	});
}

/** A record of a drill or incident, as `recordEvent` would have written it then. */
export async function writeEvent(
	repository: Repository,
	record: Partial<EventRecord> & Pick<EventRecord, 'incident' | 'recordedAt'>,
	payload?: string,
): Promise<string> {
	const at = new Date(record.recordedAt);
	const whole: EventRecord = {
		...{ eventVersion: 1, kind: 'drill', instants: {}, restoredBackups: [] },
		...record,
	};
	const body = Buffer.from(payload ?? JSON.stringify(whole));
	const { id } = await writeBackup(
		repository,
		requestFor(body, {
			...{ component: 'event', name: record.incident, extension: 'json' },
			...{ id: createBackupId(record.incident, at), consistencyPoint: at },
		}),
	);
	return id;
}

/** The listing tells only the length. */
function sized(bytes: number): Buffer {
	return { length: bytes } as Buffer;
}
