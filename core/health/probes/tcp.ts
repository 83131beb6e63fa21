import { networkError } from '../../network/connection-errors';
import { openSocket } from '../../network/opening';
import type { Observation } from '../observation';
import type { CheckKind } from '../vocabulary';
import { webEndpoint } from './web-endpoint';

export const TCP: CheckKind = {
	vocabulary: { CONNECTED: 'boolean', RESPONSE_TIME: 'duration' },
	defaults: { fail: ['[CONNECTED] == true'], warn: [] },
	measurement: { name: 'responseTime', placeholder: 'RESPONSE_TIME', unit: 'ms' },
	componentType: 'system',
};

export interface TcpTarget {
	readonly host: string;
	readonly port: number;
}

/** Opens a connection and closes it again. Rejects with `ConnectionError`. */
export async function probeTcp(target: TcpTarget, signal: AbortSignal): Promise<Observation> {
	const startedAt = performance.now();
	try {
		const socket = await openSocket(signal, (opening) => opening.tcp(target));
		socket.destroy();
	} catch (error) {
		throw networkError(webEndpoint('TCP', target.host, target.port), error);
	}
	const took = Math.round(performance.now() - startedAt);
	return {
		text: `connected in ${took} ms`,
		values: { CONNECTED: true, RESPONSE_TIME: took },
	};
}
