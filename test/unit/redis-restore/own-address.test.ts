import { completeReachability } from '../../../core/redis/restore/own-address';
import type { ServerSession } from '../../../core/redis/restore/server-session';

/** A connection from `own`, of which the server says that it comes from `seen`; or says nothing. */
const session = (own: string, seen?: string) =>
	({
		client: { stream: { localAddress: own } },
		call: async () => {
			if (seen === undefined) throw new Error('NOPERM');
			return `id=7 addr=${seen}:51234 laddr=10.0.0.9:6379 fd=8 name= db=0\n`;
		},
	}) as unknown as ServerSession;

describe('where a server finds us', () => {
	it.each([
		['10.0.0.5', '10.0.0.5', '10.0.0.5'],
		['::ffff:10.0.0.5', '10.0.0.5', '10.0.0.5'],
		['fd00::5', '[fd00::5]', 'fd00::5'],
		['10.0.0.5', undefined, '10.0.0.5'],
	])('is where we come from: %s, seen as %s', async (own, seen, host) => {
		expect(await completeReachability(session(own, seen), {})).toEqual({
			...{ advertisedHost: host, bindAddress: host, port: 0 },
		});
	});

	it('is not known where the server sees somebody else', async () => {
		expect(await completeReachability(session('172.18.0.4', '10.0.0.1'), {})).toBeUndefined();
	});

	it('is what somebody says, even so', async () => {
		const translated = session('172.18.0.4', '10.0.0.1');
		const given = { advertisedHost: 'n8n.example.com', advertisedPort: 7000, port: 7001 };
		expect(await completeReachability(translated, given)).toEqual({
			...given,
			bindAddress: '0.0.0.0',
		});
	});

	it('keeps the port and the place to listen that are given', async () => {
		const given = { bindAddress: '0.0.0.0', port: 7001 };
		expect(await completeReachability(session('10.0.0.5', '10.0.0.5'), given)).toEqual({
			...given,
			advertisedHost: '10.0.0.5',
		});
	});
});
