/**
 * An S3 server in a process of its own, so that its work is not counted as ours. Prints its settings
 * as one line of JSON and ends with its standard input.
 */
import { startS3Server } from '../../test/support/s3-server';

void startS3Server().then((server) => {
	const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
	console.log(JSON.stringify({ endpoint, bucket, region, accessKeyId, secretAccessKey }));
	process.stdin.resume().once('end', () => void server.stop());
});
