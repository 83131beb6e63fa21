import { z } from 'zod';
import { fingerprint } from './fingerprint';

const instant = z.iso.datetime({ precision: 3 });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const digest = z.strictObject({ bytes: z.int().nonnegative(), sha256 });

export const compressionSchema = z.discriminatedUnion('algorithm', [
	z.strictObject({ algorithm: z.literal('zstd'), level: z.int().min(1).max(19) }),
	z.strictObject({ algorithm: z.literal('gzip'), level: z.int().min(1).max(9) }),
	z.strictObject({ algorithm: z.literal('none') }),
]);

/** How the payload is compressed before it is encrypted. */
export type Compression = z.infer<typeof compressionSchema>;

/** What a manifest tells of its backup, in every version of the format. */
const facts = z.strictObject({
	id: z.string(),
	component: z.string(),
	name: z.string(),
	/** The instant that the backup represents, by the clock of the machine that made it. */
	consistencyPoint: instant,
	startedAt: instant,
	finishedAt: instant,
	tool: z.strictObject({ name: z.string(), version: z.string() }),
	/** What read the source, e.g. pg_dump as a native program or the embedded build. */
	engine: z.strictObject({ name: z.string(), version: z.string() }),
	source: z.strictObject({
		serverVersion: z.string(),
		database: z.string().optional(),
		/** Tells the server from every other; of Postgres, the cluster's `system_identifier`. */
		cluster: z.string().optional(),
		/** Facts of the source that a restore needs, e.g. encoding and locale. */
		properties: z.record(z.string(), z.string()),
	}),
	/** The choices that shaped the content, as the person made them; never a secret. */
	options: z.record(z.string(), z.json()),
	payload: z.strictObject({
		/** File name beside the manifest. */
		file: z.string(),
		compression: compressionSchema,
		encryption: z.discriminatedUnion('kind', [
			z.strictObject({ kind: z.literal('none') }),
			z.strictObject({ kind: z.literal('age-recipients'), recipients: z.array(z.string()).min(1) }),
			z.strictObject({ kind: z.literal('age-passphrase') }),
		]),
		raw: digest,
		stored: digest,
	}),
	fingerprint: fingerprint.optional(),
	/** Labels of the stores that had confirmed the payload when this manifest was written. */
	storedIn: z.array(z.string()).min(1),
	n8n: z.strictObject({ workflowId: z.string(), executionId: z.string() }).optional(),
	warnings: z.array(z.string()),
	/** Shell lines that restore this backup with standard tools alone. */
	howToRestore: z.array(z.string()),
});

/** The version that is written. */
export const FORMAT_VERSION = 2;

/**
 * The commit point of a backup: JSON beside the payload, written last and never changed. Unknown
 * properties are refused: a manifest of another version must not be half understood.
 */
export const manifestSchema = z.strictObject({
	formatVersion: z.literal(FORMAT_VERSION),
	...facts.shape,
	/** SHA-256 of every byte of the file before the line of this property, see `sealedJson`. */
	sealSha256: sha256,
});

/** Version 1 is the same without a seal: damage to its text can go unnoticed. */
export const firstManifestSchema = z.strictObject({
	formatVersion: z.literal(1),
	...facts.shape,
});

/** The facts, whatever the version of the file that they were read from. */
export type Manifest = z.infer<typeof facts>;
