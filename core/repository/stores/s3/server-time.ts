import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { StoreError } from '../../../errors';
import { ACTIONS } from './actions';
import type { S3Bucket } from './bucket';
import { property } from './failure';

/** The time by the server's clock, to the second, as its answers carry it. */
export async function timeOfServer(bucket: S3Bucket, signal?: AbortSignal): Promise<Date> {
	const command = new ListObjectsV2Command({
		...{ Bucket: bucket.name, Prefix: bucket.prefix, MaxKeys: 1 },
	});
	let date: unknown;
	command.middlewareStack.add(
		(next) => async (args) => {
			const result = await next(args);
			date = property(property(result.response, 'headers'), 'date');
			return result;
		},
		{ step: 'deserialize', name: 'readDate' },
	);
	await bucket.attempt(ACTIONS.list, 'the backups', signal, (options) =>
		bucket.client.send(command, options),
	);
	const at = new Date(typeof date === 'string' ? date : NaN);
	if (!Number.isNaN(at.getTime())) return at;
	throw new StoreError(`${bucket.label} does not say what time it is.`, {
		hint: 'Check proxies on the way: the answers of an S3 server have a Date.',
	});
}
