import { Readable } from 'node:stream';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Encryption } from '../../../core/repository/encryption';
import { createBackupId } from '../../../core/repository/naming';
import type {
	PayloadSource,
	SourceFacts,
	WriteRequest,
} from '../../../core/repository/write-backup';

export const FACTS: SourceFacts = {
	engine: { name: 'test', version: '1.0' },
	source: { serverVersion: '16.4', database: 'shop', properties: {} },
	options: { blobs: true },
	warnings: [],
};

/** A source that gives `payload` in pieces of uneven size. */
export function sourceOf(payload: Buffer, pieceBytes = 10_000): PayloadSource {
	const pieces: Buffer[] = [];
	for (let at = 0; at < payload.length; at += pieceBytes) {
		pieces.push(payload.subarray(at, at + pieceBytes));
	}
	return {
		stream: Readable.from(pieces, { objectMode: false }),
		complete: async () => FACTS,
	};
}

/** A request for a backup of `payload`; everything but the source can be overridden. */
export function requestFor(
	source: PayloadSource | Buffer,
	overrides: Partial<WriteRequest> = {},
): WriteRequest {
	const at = overrides.consistencyPoint ?? new Date('2026-11-22T17:00:00.123Z');
	const name = overrides.name ?? 'shop';
	return {
		component: 'postgres',
		name,
		id: createBackupId(name, at),
		consistencyPoint: at,
		startedAt: at,
		extension: 'dump',
		compression: { algorithm: 'zstd', level: 3 },
		source: Buffer.isBuffer(source) ? sourceOf(source) : source,
		howToRestore: (decode) => [`${decode} | pg_restore -d shop`],
		...overrides,
	};
}

/** Encryption for a new key pair. */
export async function newKeyPair(): Promise<Encryption & { kind: 'recipients' }> {
	const identity = await generateX25519Identity();
	const recipient = await identityToRecipient(identity);
	return { kind: 'recipients', recipients: [recipient], identities: [identity] };
}

/** All bytes of a stream. */
export async function contentOf(stream: Readable): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
	return Buffer.concat(chunks);
}
