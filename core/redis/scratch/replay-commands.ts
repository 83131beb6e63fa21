import type { Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RestoreError } from '../../errors';
import { PAYLOAD_INDEX, WORDS } from '../commands/payload';
import { CommandReader } from '../resp/command-reader';
import { commandParts, encodeCommand } from '../resp/encode';
import { EXPIRES_LATER_MS } from './never-expires';
import { type ScratchServer, unfit } from './scratch-server';

/** Words of a RESTORE command, and where its time of expiry is. */
const RESTORE_WORDS = 6;
const EXPIRY_INDEX = 2;
const REASONS_KEPT = 5;

/**
 * Sends a payload of commands to a scratch server, with all keys expiring later, and waits for its
 * answer to the last one. Rejects with `RestoreError` where it refused any, and with
 * `ConfigurationError` where it does not know their format.
 */
export async function replayCommands(
	scratch: ScratchServer,
	payload: AsyncIterable<Buffer>,
): Promise<void> {
	const socket = await scratch.open();
	try {
		await replay(socket, scratch, payload);
	} finally {
		socket.destroy();
	}
}

async function replay(
	socket: Socket,
	{ server, program }: ScratchServer,
	payload: AsyncIterable<Buffer>,
): Promise<void> {
	socket.write(encodeCommand(['AUTH', server.password]));
	const replies = readReplies(socket);
	// Nobody listens until all is sent, and a server that has gone shows there too.
	replies.catch(() => undefined);
	const later = new ExpiresLater((what) => new Error(what));
	await pipeline(payload, later, socket, { end: false });
	const { refused, reasons } = await replies;
	if (refused === 0) return;
	// The checksums are right, so it can only be the version.
	if (reasons.some((reason) => /payload version or checksum/.test(reason))) throw unfit(program);
	throw new RestoreError(
		`The test server refused ${refused} of the commands: ${reasons.join('; ')}.`,
		{
			hint: 'It may need to be newer, or modules. If it is as new as the one that was backed up, make a new backup.',
		},
	);
}

/** Ends with the answer to ECHO, the last command: the only bulk string. */
async function readReplies(socket: Socket): Promise<{ refused: number; reasons: string[] }> {
	const reasons: string[] = [];
	let refused = 0;
	let rest = '';
	for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
		const lines = (rest + chunk.toString('latin1')).split('\r\n');
		rest = lines.pop() ?? '';
		for (const line of lines) {
			if (line.startsWith('$')) return { refused, reasons };
			if (!line.startsWith('-')) continue;
			refused++;
			if (reasons.length < REASONS_KEPT && !reasons.includes(line.slice(1))) {
				reasons.push(line.slice(1));
			}
		}
	}
	throw new RestoreError('The test server ended before it had taken all commands.', {
		hint: 'Check whether this machine has enough memory for a second copy of the data.',
	});
}

/** Writes each command anew, piece by piece: a value is never whole in memory. */
class ExpiresLater extends Transform {
	private readonly reader: CommandReader;
	/** Words of the command that are written already. */
	private written = 0;

	constructor(damaged: (what: string) => Error) {
		super();
		this.reader = new CommandReader(
			{
				passesBy: (words, index, bytes) => this.startValue(words, index, bytes),
				piece: (chunk) => this.push(chunk),
				command: (words) => this.finish(words),
			},
			damaged,
		);
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		try {
			this.reader.push(chunk);
			done();
		} catch (error) {
			done(error as Error);
		}
	}

	private startValue(words: readonly Buffer[], index: number, bytes: number): boolean {
		if (`${words[0]}` !== WORDS.restore || index !== PAYLOAD_INDEX.restore) return false;
		const expiry = Number(words[EXPIRY_INDEX]);
		const later = expiry === 0 ? '0' : `${expiry + EXPIRES_LATER_MS}`;
		const [, ...head] = commandParts([words[0] ?? '', words[1] ?? '', later]);
		this.push(Buffer.concat([Buffer.from(`*${RESTORE_WORDS}\r\n`), ...head]));
		this.push(`$${bytes}\r\n`);
		this.written = index + 1;
		return true;
	}

	private finish(words: readonly Buffer[]): void {
		if (this.written === 0) {
			this.push(encodeCommand(words));
			return;
		}
		const [, ...rest] = commandParts(words.slice(this.written));
		this.push(Buffer.concat([Buffer.from('\r\n'), ...rest]));
		this.written = 0;
	}
}
