import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { CopyIn, errorMessage, type Execute, isCopyIn } from './copy-in';
import { answersIn, wireMessage, type WireMessage, WireReader, wireText } from './wire-messages';

/** Rows as text, of a number of columns that no client of ours looks at. */
const COPY_IN_RESPONSE = wireMessage('G', Buffer.alloc(3));
const QUERY_CANCELED = '57014';

/** Lets one client talk to a database that runs within this process, until it says goodbye. */
export async function serveClient(client: Duplex, execute: Execute): Promise<void> {
	const reader = new WireReader();
	const server = new WireServer(client, execute);
	for await (const chunk of client as AsyncIterable<Buffer>) {
		for (const message of reader.push(chunk)) {
			if (message.type === 'X') return;
			await server.handle(message);
		}
	}
}

class WireServer {
	/** Of the transaction, as `ReadyForQuery` tells it: idle, in one, or in one that failed. */
	private status = 'I';
	private copy: CopyIn | undefined;
	/** Messages of the extended protocol, which run together. */
	private batch: Buffer[] = [];

	constructor(
		private readonly client: Duplex,
		private readonly execute: Execute,
	) {}

	async handle({ type, body, bytes }: WireMessage): Promise<void> {
		switch (type) {
			case '':
				await this.answer(greeting(), this.ready());
				break;
			case 'Q':
				await this.query(body.toString('utf8', 0, body.length - 1), bytes);
				break;
			case 'd':
			case 'c':
			case 'f':
				await this.continueCopy(type, body);
				break;
			default:
				this.batch.push(bytes);
				// Sync and Flush want the answers to all that came before.
				if (type === 'S' || type === 'H') await this.answer(await this.run(this.takeBatch()));
		}
	}

	private async query(statement: string, bytes: Buffer): Promise<void> {
		if (!isCopyIn(statement)) {
			await this.answer(await this.run(bytes));
			return;
		}
		this.copy = new CopyIn(statement, (messages) => this.run(messages));
		await this.answer(COPY_IN_RESPONSE);
	}

	/** After a refusal the client may still be sending: that is passed over, as servers do. */
	private async continueCopy(type: 'd' | 'c' | 'f', body: Buffer): Promise<void> {
		const { copy } = this;
		if (!copy) return;
		if (type === 'd') {
			const refusal = await copy.push(body);
			if (refusal) await this.endCopy(refusal);
		} else if (type === 'c') {
			await this.endCopy(await copy.end());
		} else {
			const message = 'COPY was given up by the client';
			const error = { S: 'ERROR', V: 'ERROR', C: QUERY_CANCELED, M: message };
			await this.endCopy(errorMessage(error));
		}
	}

	private async endCopy(answers: Buffer): Promise<void> {
		this.copy = undefined;
		await this.answer(answers, this.ready());
	}

	private async run(messages: Buffer): Promise<Buffer> {
		const answers = await this.execute(messages);
		for (const { type, body } of answersIn(answers)) {
			if (type === 'Z') this.status = body.toString('latin1');
		}
		return answers;
	}

	private takeBatch(): Buffer {
		const messages = Buffer.concat(this.batch);
		this.batch = [];
		return messages;
	}

	private ready(): Buffer {
		return wireMessage('Z', Buffer.from(this.status, 'latin1'));
	}

	private async answer(...messages: readonly Buffer[]): Promise<void> {
		if (!this.client.write(Buffer.concat(messages))) await once(this.client, 'drain');
	}
}

/** The login is complete, and texts are UTF-8. */
function greeting(): Buffer {
	return Buffer.concat([
		wireMessage('R', Buffer.alloc(4)),
		wireMessage('S', wireText('client_encoding'), wireText('UTF8')),
	]);
}
