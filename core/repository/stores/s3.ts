import type { Store } from '../store';
import { abandonedUploads } from './s3/abandoned';
import { S3Bucket } from './s3/bucket';
import { checkBucket } from './s3/check';
import { assertAbsent, newMark, putOnce, settleWrite } from './s3/conditional';
import { listObjects } from './s3/listing';
import { ObjectReader } from './s3/reader';
import { ObjectRemover } from './s3/removal';
import { timeOfServer } from './s3/server-time';
import { assertUsable, DEFAULT_LIMITS, type S3Limits, type S3StoreSettings } from './s3/settings';
import { S3Writer } from './s3/writer';

export type { S3StoreSettings } from './s3/settings';

/**
 * A store in a bucket of AWS S3 or of any server that speaks its protocol.
 * Throws `ConfigurationError` for settings that can never work; nothing is sent yet.
 */
export function createS3Store(settings: S3StoreSettings, limits: Partial<S3Limits> = {}): Store {
	assertUsable(settings);
	const bucket = new S3Bucket(settings, { ...DEFAULT_LIMITS, ...limits });
	const remover = new ObjectRemover(bucket);
	return {
		label: bucket.label,
		place: {
			kind: 's3',
			...(settings.endpoint !== undefined && { host: new URL(settings.endpoint).hostname }),
			...(settings.objectLock && { lockedDays: settings.objectLock.days }),
		},
		list: (prefix, signal) => listObjects(bucket, prefix, signal),
		read: (key, signal) => ObjectReader.open(bucket, key, signal),
		createWriter: (key, options) => S3Writer.open(bucket, key, options),
		putIfAbsent: async (key, body, signal) => {
			const expected = { bytes: body.length, mark: newMark() };
			await assertAbsent(bucket, key, signal);
			await settleWrite(bucket, key, expected, signal, (lenient) =>
				putOnce(bucket, key, body, expected.mark, lenient),
			);
		},
		delete: (key, signal) => bucket.delete(key, signal),
		remove: (keys, signal) => remover.remove(keys, signal),
		locks: (keys, signal) => remover.locks(keys, signal),
		now: (signal) => timeOfServer(bucket, signal),
		abandoned: (isOurs, since, signal) => abandonedUploads(bucket, isOurs, since, signal),
		check: (signal) => checkBucket(bucket, signal),
	};
}
