import { plainDump, plainRestore } from './baselines';
import { type Operation, run } from './operation';
import type { Measurement as MeasurementOf, Task as TaskOf } from './rounds';
import { createDatabase, dropDatabase, SAMPLE } from './sample-database';
import type { Stand } from './stand';

type Task = TaskOf<Stand>;
type Measurement = MeasurementOf<Stand>;

const RESTORED = 'restored';

const pgDump: Task = {
	key: 'pg_dump -Fc',
	run: (stand, signal) => plainDump(stand.server, stand.scratchFile, signal),
};

const pgRestore: Task = {
	key: 'pg_restore --single-transaction',
	run: async ({ server, plainDumpFile }, signal) => {
		await createDatabase(server, RESTORED);
		try {
			return await plainRestore(server, plainDumpFile, RESTORED, signal);
		} finally {
			await dropDatabase(server, RESTORED);
		}
	},
};

/** Every measurement, in the order of the output. */
export const MEASUREMENTS: readonly Measurement[] = [
	create('create.native.disk', { engine: 'native', store: 'disk', goal: 0.45 }),
	create('create.embedded.disk', { engine: 'embedded', store: 'disk', goal: 0.9 }),
	create('create.native.s3', { engine: 'native', store: 's3', goal: 0.45 }),
	create('create.embedded.s3', { engine: 'embedded', store: 's3', goal: 0.9 }),
	create('create.native.encrypted', { engine: 'native', store: 'encryptedDisk', goal: 0.6 }),
	create('create.native.checksums', {
		...{ engine: 'native', store: 'disk', checksums: 'always', goal: 0.6 },
	}),
	create('create.embedded.checksums', {
		...{ engine: 'embedded', store: 'disk', checksums: 'always', goal: 1.05 },
	}),
	restore('restore.own', 'own', 1.3),
	restore('restore.native', 'native'),
	verify('readable'),
	verify('restored'),
];

type Create = Operation & { kind: 'create' };

interface CreateChoice {
	engine: Create['engine'];
	store: 'disk' | 'encryptedDisk' | 's3';
	checksums?: Create['checksums'];
	goal: number;
}

function create(key: string, choice: CreateChoice): Measurement {
	const { engine, store, checksums = 'never', goal } = choice;
	return {
		...{ key, goal, baseline: pgDump },
		// Rows are counted in either case; the goals with checksums are 0.15 higher.
		isDetail: checksums === 'always',
		run: (stand, signal) => {
			const [server, repository] = [stand.server.server(SAMPLE), stand[store]];
			return run({ kind: 'create', server, repository, engine, checksums }, signal);
		},
	};
}

function restore(key: string, engine: 'own' | 'native', goal?: number): Measurement {
	return {
		...{ key, goal, baseline: pgRestore },
		run: async ({ server, kept }, signal) => {
			const target = { server: server.server(), database: RESTORED };
			try {
				return await run({ kind: 'restore', ...target, ...kept, engine }, signal);
			} finally {
				await dropDatabase(server, RESTORED);
			}
		},
	};
}

function verify(level: 'readable' | 'restored'): Measurement {
	return {
		...{ key: `verify.${level}`, baseline: pgRestore },
		run: ({ kept }, signal) => run({ kind: 'verify', ...kept, level }, signal),
	};
}
