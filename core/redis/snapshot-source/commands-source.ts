import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tool } from '../../repository/tool';
import type { SourceFacts } from '../../repository/write-backup';
import { CommandsInspector, type CommandsSummary } from '../commands/inspector';
import { readKeys } from '../commands/read-keys';
import { connect } from '../connection';
import type { CreateSnapshotContext, CreateSnapshotInput } from '../create-snapshot';
import type { ServerProbe } from '../probe';
import { damagedOnTheWay, explainSnapshotError } from '../snapshot-error';
import { toProperties } from '../snapshot-facts';
import type { SnapshotSource } from './snapshot-source';
import { warningsAbout } from './warnings';

/**
 * Reads the server key by key, at the pace of the stores. Its consistency point is when the reading
 * began; what has changed since then may be in it or not.
 */
export async function openCommandsSource(
	{ server, method }: CreateSnapshotInput,
	{ signal, onProgress }: CreateSnapshotContext,
	probe: ServerProbe,
): Promise<SnapshotSource> {
	const client = await connect({ ...server, database: 0 }, signal);
	const consistencyPoint = new Date();
	const warnings: string[] = [];
	const keys = readKeys(client, server, {
		onBytes: (rawBytes) => onProgress?.({ phase: 'storing', rawBytes }),
		onWarning: (warning) => warnings.push(warning),
	});
	const inspector = new CommandsInspector(probe.flavor, damagedOnTheWay);
	// A failure destroys the inspector with its reason: whoever reads that gets it.
	pipeline(Readable.from(explained(keys), { objectMode: false }), inspector).catch(() => undefined);
	return {
		consistencyPoint,
		extension: 'resp',
		estimatedBytes: probe.dataBytes,
		payload: {
			stream: inspector,
			complete: async () => {
				const facts = factsOf(inspector.summary, probe, method);
				const until = new Date().toISOString();
				const fuzzy = `This snapshot is fuzzy: its keys were read one after the other, from ${consistencyPoint.toISOString()} to ${until}. What changed meanwhile may be in it or not.`;
				return { ...facts, warnings: [fuzzy, ...warningsAbout(probe), ...warnings] };
			},
		},
		restorable: () => ({
			format: 'commands',
			serverVersion: probe.version ?? 'unknown',
			moduleTypes: inspector.summary.moduleTypes,
		}),
		close: async () => client.disconnect(),
	};
}

async function* explained(keys: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	try {
		yield* keys;
	} catch (error) {
		throw explainSnapshotError(error);
	}
}

function factsOf(
	{ census, functionLibraries, moduleTypes, rdbVersion }: CommandsSummary,
	{ version, flavor, dataBytes }: ServerProbe,
	method: string,
): SourceFacts {
	return {
		engine: { name: 'commands (SCAN, DUMP)', version: tool.version },
		source: {
			serverVersion: version ?? 'unknown',
			properties: toProperties({
				...{ format: 'commands', consistency: 'fuzzy', flavor },
				...{ rdbVersion: rdbVersion ?? 0, crc: 'verified', contents: 'counted' },
				...{ moduleTypes: [...moduleTypes], dataBytes },
			}),
		},
		options: { method },
		fingerprint: {
			...{ component: 'redis', consistency: 'fuzzy', functionLibraries },
			databases: census.databases,
		},
		warnings: [],
	};
}
