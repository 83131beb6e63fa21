import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, DigestStream } from '../repository/digest';
import { type EnvFile, readEnvFile } from './env/read-env-file';
import type { OpenFile } from './file-source';

/** Larger ones are no env files; the whole of one is in memory while its names are read. */
const LARGEST_ENV_FILE = 1024 * 1024;

/** What one reading of a file has told. */
export interface Survey {
	digest: Digest;
	/** Where it was asked for, and the file is one. */
	env?: EnvFile;
	/** What a person should know, as sentences. */
	warnings: string[];
}

/**
 * Reads a file to its end. A file that should be an env file and is none is told in the warnings.
 * Rejects with `FileChangedError`, and with the reason of `signal`.
 */
export async function survey(
	file: OpenFile,
	options: { envFile: boolean; signal?: AbortSignal },
): Promise<Survey> {
	const digests = new DigestStream();
	const kept = new Kept(options.envFile ? LARGEST_ENV_FILE : 0);
	await pipeline(await file.read(), digests, kept, { signal: options.signal });
	await file.assertUnchanged();
	const { digest } = digests;
	const warnings = digest.bytes === 0 ? ['The file is empty.'] : [];
	if (!options.envFile) return { digest, warnings };
	const reading =
		digest.bytes > LARGEST_ENV_FILE
			? { problem: 'it is longer than 1 MB' }
			: readEnvFile(Buffer.concat(kept.chunks));
	if ('problem' in reading) {
		const what = `The file could not be read as an env file: ${reading.problem}.`;
		return { digest, warnings: [...warnings, `${what} Its names were not compared.`] };
	}
	const { env } = reading;
	const repeated =
		env.repeated.length === 0
			? []
			: [`More than once in the file, where the last one counts: ${env.repeated.join(', ')}.`];
	return { digest, env, warnings: [...warnings, ...repeated] };
}

/** Keeps no more than a few chunks beyond `limit` bytes. */
class Kept extends Writable {
	readonly chunks: Buffer[] = [];
	private bytes = 0;

	constructor(private readonly limit: number) {
		super();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
		this.bytes += chunk.length;
		if (this.bytes <= this.limit) this.chunks.push(chunk);
		done();
	}
}
