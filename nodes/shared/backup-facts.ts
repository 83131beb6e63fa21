import type { IDataObject } from 'n8n-workflow';
import type { Manifest } from '../../core/repository/manifest';

/** When a backup was made, and how long that took. */
export function timeFacts({ startedAt, finishedAt }: Manifest): IDataObject {
	const durationSeconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
	return { startedAt, finishedAt, durationSeconds };
}

/** How large a backup is, and what was done to its payload. */
export function payloadFacts({ payload }: Manifest): IDataObject {
	return {
		rawBytes: payload.raw.bytes,
		storedBytes: payload.stored.bytes,
		compression: payload.compression.algorithm,
		encryption: payload.encryption.kind,
	};
}
