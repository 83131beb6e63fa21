import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { openTls, type TlsSession, type TlsTarget } from '../tls-session';

/**
 * Looks at the certificate of a server before the first byte of a request is sent, and keeps what it
 * saw: with Node's own agent, a certificate that is refused could not be looked at.
 */
export class ObservingAgent extends Agent {
	session: TlsSession | undefined;

	constructor(
		private readonly target: TlsTarget,
		private readonly signal: AbortSignal,
	) {
		super({ keepAlive: false });
	}

	override createConnection(
		_options: AgentOptions,
		callback?: (error: Error | null, stream: Duplex) => void,
	): undefined {
		const done = callback as (error: Error | null, stream?: Duplex) => void;
		openTls(this.target, this.signal).then(
			(session) => {
				this.session = session;
				if (session.refused === undefined) return done(null, session.socket);
				session.socket.destroy();
				done(new Error('the certificate is not trusted'));
			},
			(error: Error) => done(error),
		);
	}
}
