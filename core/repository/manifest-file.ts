import { z } from 'zod';
import { ConfigurationError, IntegrityError } from '../errors';
import { isKeySegment, MANIFEST_FILE } from './keys';
import { FORMAT_VERSION, firstManifestSchema, manifestSchema, type Manifest } from './manifest';
import { backupPrefix } from './naming';
import { sealedJson, sealOf } from './sealed-json';
import { readSmallObject } from './small-object';
import type { Store } from './store';

/** Names one backup of a repository. */
export interface BackupRef {
	component: string;
	name: string;
	id: string;
}

/** A fingerprint of a hundred thousand tables needs a third of this. */
const LARGEST_MANIFEST = 64 * 1024 * 1024;

const versioned = z.looseObject({ formatVersion: z.int() });

/** The bytes of `manifest.json` for these facts. */
export function manifestFile(facts: Manifest): Buffer {
	return sealedJson({ formatVersion: FORMAT_VERSION, ...facts });
}

/**
 * The manifest that one store keeps of a backup. Rejects with `NotFoundError` where it has none, with
 * `IntegrityError` where it is malformed or belongs to another backup, and with `ConfigurationError`
 * where a newer version of this software wrote it.
 */
export async function readManifestIn(
	store: Store,
	ref: BackupRef,
	signal?: AbortSignal,
): Promise<Manifest> {
	return (await readManifestFileIn(store, ref, signal)).manifest;
}

/** As `readManifestIn`, with the bytes that say so. */
export async function readManifestFileIn(
	store: Store,
	ref: BackupRef,
	signal?: AbortSignal,
): Promise<{ manifest: Manifest; body: Buffer }> {
	const key = backupPrefix(ref) + MANIFEST_FILE;
	const body = await readSmallObject(store, key, LARGEST_MANIFEST, signal);
	if (body === undefined) throw malformed(ref, store, 'it is too large');
	const manifest = parseManifest(body, ref, store);
	const { payload, ...found } = manifest;
	if (found.id !== ref.id || found.name !== ref.name || found.component !== ref.component) {
		throw malformed(ref, store, 'it belongs to another backup');
	}
	if (!payload.file.startsWith(`${ref.id}-`) || !isKeySegment(payload.file)) {
		throw malformed(ref, store, 'the payload that it names does not belong to this backup');
	}
	return { manifest, body };
}

function parseManifest(body: Buffer, ref: BackupRef, store: Store): Manifest {
	const seal = sealOf(body);
	if (seal === 'broken') throw malformed(ref, store, 'its checksum has changed');
	let json: unknown;
	try {
		json = JSON.parse(body.toString('utf8'));
	} catch {
		throw malformed(ref, store, 'it is not JSON');
	}
	const head = versioned.safeParse(json);
	if (head.success && head.data.formatVersion > FORMAT_VERSION) {
		throw new ConfigurationError(
			`The backup ${ref.id} was made by a newer version of this software (format ${head.data.formatVersion}).`,
			{ hint: 'Update this package. The manifest also says how to restore with standard tools.' },
		);
	}
	const parsed = (seal === 'intact' ? manifestSchema : firstManifestSchema).safeParse(json);
	if (parsed.success) return factsOf(parsed.data);
	// One wrong fact tells enough; there may be as many as there are tables.
	const issues = parsed.error.issues.slice(0, 3);
	throw malformed(ref, store, z.prettifyError({ issues }));
}

/** What remains without the facts about the file itself. */
function factsOf(file: Manifest & { formatVersion: number; sealSha256?: string }): Manifest {
	const { formatVersion, sealSha256, ...facts } = file;
	return facts;
}

function malformed(ref: BackupRef, store: Store, why: string): IntegrityError {
	return new IntegrityError(`The manifest of ${ref.id} in ${store.label} is damaged: ${why}.`, {
		hint: 'Use the copy in another store, or another backup.',
	});
}
