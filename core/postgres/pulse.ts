import { connect, type Socket } from 'node:net';
import { ConnectionError } from '../errors';
import type { PostgresServer } from './connection';
import { SSL_REQUEST } from './server-stream';

/** A frozen machine, as while its image is taken, is back sooner. In milliseconds. */
const SILENT_AFTER_MS = 2 * 60_000;
/** Counted in questions, so that a machine that slept itself does not take that for silence. */
const QUESTIONS = 4;

export interface PulseContext {
	signal?: AbortSignal;
	/** How long the server may give no sign of life, in milliseconds; 2 minutes by default. */
	silentAfterMs?: number;
}

export interface Pulse {
	stop(): void;
}

/**
 * Asks the server again and again for a sign of life, and calls `onSilent`, once, when none has come
 * for `silentAfterMs`, by default two minutes. A session alone cannot tell: a statement may take hours,
 * and where the network is gone without a word, waiting for its answer never ends.
 *
 * The question is whether the server encrypts: it answers that before any login, so that it takes no
 * connection from anybody and leaves nothing in the log. This tells of the way to the server, not of one
 * session on it; of a session that is lost alone, TCP tells after some minutes.
 */
export function startPulse(
	server: PostgresServer,
	options: { silentAfterMs: number | undefined; onSilent: (error: ConnectionError) => void },
): Pulse {
	const { silentAfterMs = SILENT_AFTER_MS, onSilent } = options;
	let unanswered = 0;
	let question: Socket | undefined;
	const stop = () => {
		clearInterval(timer);
		question?.destroy();
	};
	const timer = setInterval(() => {
		question?.destroy();
		if (unanswered === QUESTIONS) {
			stop();
			onSilent(silent(server, silentAfterMs));
			return;
		}
		unanswered++;
		question = ask(server, () => (unanswered = 0));
	}, silentAfterMs / QUESTIONS);
	return { stop };
}

/** Runs what talks to `server`; the signal that it gets is aborted with the error when it falls silent. */
export async function underPulse<T>(
	server: PostgresServer,
	context: PulseContext,
	run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const { signal, silentAfterMs } = context;
	const stop = new AbortController();
	const pulse = startPulse(server, { silentAfterMs, onSilent: (error) => stop.abort(error) });
	try {
		return await run(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal);
	} finally {
		pulse.stop();
	}
}

/** Whatever comes back is a sign of life; an error is none. */
function ask({ host, port }: PostgresServer, onAnswer: () => void): Socket {
	const socket = connect({ host, port }, () => socket.write(SSL_REQUEST));
	socket.on('error', () => undefined);
	socket.once('data', () => {
		onAnswer();
		socket.destroy();
	});
	return socket;
}

function silent({ host, port }: PostgresServer, silentAfterMs: number): ConnectionError {
	const seconds = Math.round(silentAfterMs / 1000).toLocaleString('en-US');
	return new ConnectionError(
		`The Postgres server at ${host}:${port} has given no sign of life for ${seconds} s.`,
		{
			hint: 'Its machine or the network between has stopped without a word. Check both, then start again.',
		},
	);
}
