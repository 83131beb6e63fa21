import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { cancelled } from '../../core/repository/cancellation';

/**
 * A person at a keyboard. Every question rejects with `CancelledError` when it is answered by Ctrl-C or
 * Ctrl-D, and when the process is asked to end meanwhile.
 */
export interface Terminal {
	ask(question: string): Promise<string>;
	/** The same without showing what is typed. */
	askSecret(question: string): Promise<string>;
}

/**
 * Asks on standard error, so that standard output holds nothing but the result.
 *
 * @param cancellation what ends a question, as soon as there is anything that does
 */
export function openTerminal(
	input: NodeJS.ReadStream,
	output: NodeJS.WriteStream,
	cancellation: () => AbortSignal | undefined,
): Terminal | undefined {
	if (!input.isTTY) return undefined;
	return {
		ask: async (question) => await answerTo(question, input, output, cancellation()),
		askSecret: async (question) => {
			try {
				// Asked only when the terminal has stopped showing what is typed.
				return await answerTo('', input, nothing(), cancellation(), () => output.write(question));
			} finally {
				output.write('\n');
			}
		},
	};
}

/** @param onReady called once keys are read one by one, and shown by `output` alone */
async function answerTo(
	question: string,
	input: NodeJS.ReadStream,
	output: NodeJS.WritableStream,
	cancellation: AbortSignal | undefined,
	onReady: () => void = () => undefined,
): Promise<string> {
	const lines = createInterface({ input, output, terminal: true, historySize: 0 });
	const given = new AbortController();
	const giveUp = () => given.abort();
	const signal = AbortSignal.any([given.signal, ...(cancellation ? [cancellation] : [])]);
	lines.once('SIGINT', giveUp).once('close', giveUp);
	try {
		onReady();
		return await lines.question(question, { signal });
	} catch (error) {
		throw signal.aborted ? cancelled('The command') : error;
	} finally {
		lines.off('close', giveUp);
		lines.close();
	}
}

function nothing(): Writable {
	return new Writable({ write: (_chunk, _encoding, done) => done() });
}
