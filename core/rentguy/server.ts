import type { Endpoint } from '../network/connection-errors';

/** The platform's backend, which keeps the RentGuy queue, and a login to its dashboard. */
export interface RentGuyServer {
	/** As `parseBaseUrl` returns it, e.g. `https://mr-dj.example/api`. */
	baseUrl: string;
	user: string;
	password: string;
	/** Of an `https` address; `ca` holds PEM text of a private authority. */
	tls: { mode: 'verify-full'; ca?: string } | { mode: 'require' };
}

/** In messages about a server that cannot be reached. */
export const SERVICE = 'RentGuy dashboard';

export function endpointOf({ baseUrl }: RentGuyServer): Endpoint {
	const { hostname, port, protocol } = new URL(baseUrl);
	return {
		...{ service: SERVICE, host: hostname },
		port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
		...{ listenSetting: 'PORT of the backend', tlsSettings: 'of the proxy before the backend' },
	};
}
