import type { Endpoint } from '../../network/connection-errors';

/** A server that is only looked at, in the words of messages about connections. */
export function webEndpoint(service: string, host: string, port: number): Endpoint {
	return { service, host, port, listenSetting: 'its address', tlsSettings: 'its certificate' };
}
