import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { installLibpqSocket } from './libpq-socket';
import { installOutputDevice, OUTPUT_PATH } from './output-device';
import type { InstantiatePgDump, PgDumpModule } from './pg-dump-module';
import { SharedRing } from './shared-ring';

/** What the worker gets as its `workerData`. The password is in `environment` and nowhere else. */
export interface ProgramInput {
	arguments: readonly string[];
	environment: Readonly<Record<string, string>>;
	/** `SharedRing.memory` of each. */
	rings: { fromServer: SharedArrayBuffer; toServer: SharedArrayBuffer; output: SharedArrayBuffer };
}

/** What the worker sends when the program has ended. */
export interface ProgramReport {
	/** Undefined when the program crashed instead of exiting. */
	exitCode: number | undefined;
	/** The program's last lines on standard error, and why it crashed. */
	messages: string[];
}

/** A program in trouble may say the same a million times. The end counts most. */
const MAX_MESSAGES = 200;
const MAX_MESSAGE_LENGTH = 1_000;

/**
 * Prefix of messages; and all that keeps pg_dump from looking for its own file is knowing that it
 * will not find it, see `messages.ts`.
 */
const PROGRAM_NAME = 'pg_dump';

/**
 * Runs pg_dump to its end on this thread, which blocks while it waits for the server or for the
 * reader of its output: for worker threads only. The output ring is ended only after exit code 0, so
 * that a broken dump never looks like a complete one.
 */
export async function runPgDump(input: ProgramInput): Promise<ProgramReport> {
	const messages: string[] = [];
	const note = (line: string) => {
		messages.push(line.slice(0, MAX_MESSAGE_LENGTH));
		if (messages.length > MAX_MESSAGES) messages.shift();
	};
	const module = await instantiate(input.environment, note);
	const output = new SharedRing(input.rings.output);
	const fromServer = new SharedRing(input.rings.fromServer);
	const toServer = new SharedRing(input.rings.toServer);
	const device = installOutputDevice(module, output);
	installLibpqSocket(module, { fromServer, toServer });

	let exitCode: number | undefined;
	try {
		exitCode = callMain(module, [PROGRAM_NAME, `--file=${OUTPUT_PATH}`, ...input.arguments]);
		device.flush();
	} catch (error) {
		note(String(error));
	}
	toServer.end();
	fromServer.abandon();
	if (exitCode === 0) output.end();
	return { exitCode, messages };
}

async function instantiate(
	environment: ProgramInput['environment'],
	onMessage: (line: string) => void,
): Promise<PgDumpModule> {
	const glue = (await import(pathToFileURL(join(__dirname, 'vendor', 'pg_dump.mjs')).href)) as {
		default: InstantiatePgDump;
	};
	return await glue.default({
		thisProgram: PROGRAM_NAME,
		print: onMessage,
		printErr: onMessage,
		preRun: [
			(module) => {
				for (const [name, value] of Object.entries(environment)) {
					// The glue copies one byte per UTF-16 unit; given the bytes of UTF-8 it copies those.
					module.ENV[name] = Buffer.from(value, 'utf8').toString('latin1');
				}
			},
		],
	});
}

/**
 * Calls `main` with arguments on the heap. The glue's own `callMain` puts them on the stack, which
 * has 64 KB without a guard: a long list of tables would overwrite the program's data.
 */
function callMain(module: PgDumpModule, args: readonly string[]): number {
	const pointers = [...args.map((text) => module.stringToNewUTF8(text)), 0];
	// The glue keeps `malloc` to itself; a text of the right length is the same thing.
	const argv = module.stringToNewUTF8(' '.repeat(pointers.length * Uint32Array.BYTES_PER_ELEMENT));
	module.HEAPU32.set(pointers, argv / Uint32Array.BYTES_PER_ELEMENT);
	try {
		return module._main(args.length, argv);
	} catch (error) {
		// `exit()` leaves the wasm as an exception.
		if (isExitStatus(error)) return error.status;
		throw error;
	}
}

function isExitStatus(error: unknown): error is { status: number } {
	return (error as { name?: unknown } | null)?.name === 'ExitStatus';
}
