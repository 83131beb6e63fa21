import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { StoreError } from '../../../errors';
import { PROBE_OBJECT } from '../../keys';
import type { S3Bucket } from './bucket';
import { assertEncrypted, assertLockable } from './check-protection';
import { newMark, putOnce } from './conditional';
import { listPage } from './listing';
import { ObjectReader } from './reader';

/**
 * Does once, with a few bytes, all that backups and restores need: lists, writes, reads and deletes;
 * and looks whether what is written will be protected as the settings say. The probe itself is not locked.
 * The first step that fails tells what is wrong.
 */
export async function checkBucket(bucket: S3Bucket, signal?: AbortSignal): Promise<void> {
	await listPage(bucket, '', undefined, signal, 1);

	await assertLockable(bucket, signal);

	const key = PROBE_OBJECT + randomUUID();
	const sent = Buffer.from(`Written to test the connection; may be deleted. ${randomUUID()}\n`);
	await putOnce(bucket, key, sent, newMark(), signal, {});
	try {
		await assertEncrypted(bucket, key, signal);
		const received = await buffer(await ObjectReader.open(bucket, key, signal));
		if (!received.equals(sent)) {
			throw new StoreError(`${bucket.label} gives back other bytes than were written to it.`, {
				hint: 'Do not use it for backups. Check the S3 server, and proxies on the way.',
			});
		}
	} catch (error) {
		// The first failure is the one to tell.
		await bucket.delete(key, signal).catch(() => {});
		throw error;
	}
	await bucket.delete(key, signal);
}
