import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CuttingProxy {
	readonly port: number;
	close(): Promise<void>;
}

/**
 * Passes connections on to `target`, and cuts one as soon as its client has sent `word`: before or
 * after the server has heard it, but always before the client gets an answer.
 */
export async function startCuttingProxy(
	target: { host: string; port: number },
	word: string,
	heard: 'the server hears it' | 'the server does not hear it',
): Promise<CuttingProxy> {
	const server = createServer((client) => {
		const upstream = connect(target);
		const cut = () => {
			client.destroy();
			upstream.destroy();
		};
		client.on('error', cut).on('close', cut);
		upstream.on('error', cut).on('close', cut);
		upstream.pipe(client);
		client.on('data', (chunk: Buffer) => {
			if (!chunk.includes(word)) {
				upstream.write(chunk);
				return;
			}
			upstream.unpipe(client);
			if (heard === 'the server hears it') upstream.write(chunk);
			void sleep(300).then(cut);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		port: (server.address() as AddressInfo).port,
		close: () => new Promise((resolve) => server.close(() => resolve())),
	};
}
