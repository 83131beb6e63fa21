import { pipeline } from 'node:stream/promises';
import { ConfigurationError, IntegrityError } from '../../errors';
import { freeMemory } from '../../free-memory';
import type { BackupRef } from '../../repository/catalogue';
import type { Manifest } from '../../repository/manifest';
import type { OpenPayload } from '../../repository/read-backup';
import type { Repository } from '../../repository/repository';
import { CommandsInspector } from '../commands/inspector';
import type { DatabaseCensus } from '../rdb/census';
import { type FetchedCopy, fetchCopy, type FetchOptions } from '../fetch-copy';
import { RdbInspector } from '../rdb/inspector';
import { COMPONENT, readSnapshotFacts, type SnapshotFacts } from '../snapshot-facts';
import type { Spool } from '../spool';
import { commandItems } from './command-items';
import type { ProvedFacts } from './gates';
import { rdbItems } from './rdb-items';
import type { SnapshotItem } from './snapshot-items';

/** A snapshot on the disk of this machine, read to its end and found whole. */
export interface FetchedSnapshot extends FetchedCopy {
	manifest: Manifest;
	facts: ProvedFacts;
	/** What it holds; nothing where the file is newer than what can be read here. */
	contents?: { databases: readonly DatabaseCensus[]; functionLibraries: number };
	/** Its keys one by one, from the beginning each time. */
	items: () => AsyncIterable<SnapshotItem>;
}

/**
 * Brings a snapshot here from the first store that has it whole, and proves it: its bytes, its
 * checksums and all of its structure. The caller closes `file`. Rejects with the typed errors of
 * `core/`, with `IntegrityError` where it is damaged in every store.
 */
export async function fetchSnapshot(
	repository: Repository,
	backup: BackupRef,
	options: FetchOptions,
): Promise<FetchedSnapshot> {
	return await fetchCopy(repository, backup, fetchInto, 'The restore', options);
}

async function fetchInto(
	{ manifest, stream, store }: OpenPayload,
	file: Spool,
): Promise<Omit<FetchedSnapshot, 'file' | 'warnings'>> {
	let described: SnapshotFacts;
	try {
		requireRedis(manifest);
		described = readSnapshotFacts(manifest);
		await file.assertRoomFor(manifest.payload.raw.bytes);
	} catch (error) {
		stream.destroy();
		throw error;
	}
	const damaged = (what: string) =>
		new IntegrityError(`The snapshot ${manifest.id} in ${store} is damaged: ${what}.`, {
			hint: 'Use the copy in another store, or another backup.',
		});
	if (described.format === 'commands') {
		const inspector = new CommandsInspector(described.flavor, damaged);
		await pipeline(stream, inspector, file.writer(freeMemory));
		return describeCommands(manifest, file, inspector);
	}
	const inspector = new RdbInspector(damaged);
	await pipeline(stream, inspector, file.writer(freeMemory));
	return describeRdb(manifest, file, inspector);
}

function describeRdb(manifest: Manifest, file: Spool, { summary }: RdbInspector) {
	const { contents, aux, version, crc } = summary;
	const usedMemory = Number(aux['used-mem']);
	const databases = contents?.census.databases ?? [];
	return {
		manifest,
		facts: {
			format: 'rdb' as const,
			rdbVersion: version,
			checksum: crc === 'verified' ? ('verified' as const) : ('disabled' as const),
			...(usedMemory > 0 && { usedMemory }),
			moduleTypes: contents?.moduleTypes ?? [],
			longestValue: contents?.longestValue ?? 0,
			highestDatabase: databases.at(-1)?.index ?? -1,
		},
		...(contents && {
			contents: { databases, functionLibraries: contents.functionLibraries },
		}),
		items: () => rdbItems(file),
	};
}

function describeCommands(manifest: Manifest, file: Spool, { summary }: CommandsInspector) {
	const { census, functionLibraries, moduleTypes, rdbVersion } = summary;
	const { databases } = census;
	return {
		manifest,
		facts: {
			format: 'records' as const,
			rdbVersion: rdbVersion ?? 0,
			checksum: 'verified' as const,
			moduleTypes,
			longestValue: 0,
			highestDatabase: databases.at(-1)?.index ?? -1,
		},
		contents: { databases, functionLibraries },
		items: () => commandItems(file),
	};
}

function requireRedis({ id, component }: Manifest): void {
	if (component === COMPONENT) return;
	throw new ConfigurationError(`The backup ${id} is of ${component}, not of Redis.`, {
		hint: 'Choose a snapshot of a Redis server.',
	});
}
