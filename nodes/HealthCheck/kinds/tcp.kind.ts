import { z } from 'zod';
import { probeTcp, TCP } from '../../../core/health/probes/tcp';
import { addressFields } from './address-fields';
import type { NodeCheckKind } from './kind';
import { host, parseRow, port } from './row';

const schema = z.object({ host, port });

export const tcp: NodeCheckKind = {
	option: { name: 'TCP Port', value: 'tcp', description: 'Whether a connection can be opened' },
	defaults: TCP.defaults,
	fields: addressFields(5432),
	read: (row) => {
		const server = parseRow(schema, row);
		return {
			kind: TCP,
			target: `tcp://${server.host}:${server.port}`,
			defaultName: `${server.host} ${server.port}`,
			probe: (signal) => probeTcp(server, signal),
		};
	},
};
