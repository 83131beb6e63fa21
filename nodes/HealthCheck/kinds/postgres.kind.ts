import { z } from 'zod';
import { POSTGRES, probePostgres } from '../../../core/health/probes/postgres';
import { POSTGRES_SERVER, readPostgresServer } from '../../shared/credentials';
import type { NodeCheckKind } from './kind';
import { parseRow } from './row';

const schema = z.object({ query: z.string().trim().default('') });

export const postgres: NodeCheckKind = {
	option: {
		name: 'Postgres',
		value: 'postgres',
		description:
			'Whether one can log in, how many connections are left, how far a standby is behind',
	},
	credential: { type: POSTGRES_SERVER, displayName: 'Postgres Server' },
	defaults: POSTGRES.defaults,
	fields: [
		{
			displayName: 'Query',
			name: 'query',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. SELECT count(*) FROM bookings',
			description:
				'Leave empty to ask nothing of the data. One query that only reads, of at most 100 rows; conditions find them in [BODY], the first as [BODY][0].',
		},
	],
	read: async (row, context, itemIndex) => {
		const { query } = parseRow(schema, row);
		const server = readPostgresServer(await context.getCredentials(POSTGRES_SERVER, itemIndex));
		const { host, port, database } = server;
		return {
			kind: POSTGRES,
			target: `postgres://${host}:${port}/${encodeURIComponent(database)}`,
			defaultName: `Postgres ${database}`,
			probe: (signal, timeoutMs) => probePostgres({ server, query }, signal, timeoutMs),
		};
	},
};
