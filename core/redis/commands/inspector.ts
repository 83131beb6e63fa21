import { Transform, type TransformCallback } from 'node:stream';
import { Census } from '../rdb/census';
import { DumpPayloadCheck, type DumpedValue } from '../rdb/dump-payload';
import type { Flavor } from '../rdb/grammar';
import { CommandReader } from '../resp/command-reader';
import { announcedKeys, PAYLOAD_INDEX, WORDS } from './payload';

/** What a whole payload of commands holds. */
export interface CommandsSummary {
	census: Census;
	functionLibraries: number;
	moduleTypes: readonly string[];
	/** The highest one of a value; nothing without any. */
	rdbVersion: number | undefined;
}

/**
 * Passes a payload of commands through unchanged and checks it on the way: that it consists of those
 * commands and ends as it should, and each value's checksum and structure. Fails with what `damaged`
 * makes of "it breaks off", instead of ending.
 */
export class CommandsInspector extends Transform {
	private readonly census = new Census();
	private readonly moduleTypes = new Set<string>();
	private functionLibraries = 0;
	private rdbVersion: number | undefined;
	private database: number | undefined;
	private value: DumpPayloadCheck | undefined;
	private ended = false;
	private readonly reader: CommandReader;

	constructor(
		private readonly flavor: Flavor,
		private readonly damaged: (what: string) => Error,
	) {
		super();
		this.reader = new CommandReader(
			{
				passesBy: (words, index, bytes) => this.isPayload(words, index, bytes),
				piece: (chunk) => this.value?.push(chunk),
				command: (words) => this.accept(words),
			},
			damaged,
		);
	}

	/** What was found; throws before the stream has ended well. */
	get summary(): CommandsSummary {
		if (!this.ended) throw new Error('The snapshot has not been read to its end');
		const { census, functionLibraries, rdbVersion } = this;
		return { census, functionLibraries, rdbVersion, moduleTypes: [...this.moduleTypes].sort() };
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		try {
			this.reader.push(chunk);
			done(null, chunk);
		} catch (error) {
			done(error as Error);
		}
	}

	override _flush(done: TransformCallback): void {
		try {
			this.reader.end();
			if (!this.ended) throw this.damaged('it breaks off');
			done();
		} catch (error) {
			done(error as Error);
		}
	}

	private isPayload(words: readonly Buffer[], index: number, bytes: number): boolean {
		const command = words[0]?.toString();
		const expected =
			command === WORDS.restore
				? PAYLOAD_INDEX.restore
				: command === WORDS.functions
					? PAYLOAD_INDEX.functions
					: undefined;
		if (index !== expected) return false;
		this.value = new DumpPayloadCheck(bytes, this.flavor, this.damaged);
		return true;
	}

	private accept(words: readonly Buffer[]): void {
		if (this.ended) throw this.damaged('it goes on behind its end');
		const [command, first] = words.map(String);
		switch (command) {
			case WORDS.select:
				this.database = Number(first);
				return;
			case WORDS.restore:
				this.acceptKey(words);
				return;
			case WORDS.functions:
				this.functionLibraries += this.dumped(words).libraries;
				return;
			case WORDS.end:
				if (announcedKeys(first ?? '') !== this.census.keys) {
					throw this.damaged('it has another number of keys than it says');
				}
				this.ended = true;
				return;
		}
		throw this.damaged('it holds a command that restores nothing');
	}

	private acceptKey(words: readonly Buffer[]): void {
		const { type, module, rdbVersion } = this.dumped(words);
		const expiry = Number(words[2]);
		if (this.database === undefined || !Number.isSafeInteger(expiry)) {
			throw this.damaged('a key is not complete');
		}
		this.rdbVersion = Math.max(this.rdbVersion ?? 0, rdbVersion);
		if (module) this.moduleTypes.add(type);
		this.census.add({
			...{ database: this.database, name: words[1], type },
			expiresAt: expiry === 0 ? undefined : expiry,
		});
	}

	private dumped(words: readonly Buffer[]): DumpedValue {
		const { value } = this;
		this.value = undefined;
		if (!value || words.length < 4) throw this.damaged('a command is not complete');
		return value.end();
	}
}
