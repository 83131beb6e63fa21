/** The part of Emscripten's `FS` that the output device needs. */
export interface EmscriptenFileSystem {
	makedev(major: number, minor: number): number;
	registerDevice(device: number, operations: DeviceOperations): void;
	mkdev(path: string, mode: number, device: number): void;
	ErrnoError: new (errno: number) => Error;
}

export interface DeviceOperations {
	open(stream: { seekable: boolean }): void;
	close(): void;
	write(stream: unknown, memory: Int8Array, offset: number, length: number): number;
}

/** `pg_dump` as the vendored glue makes it out of the wasm: what of it is used here. */
export interface PgDumpModule {
	/** Replaced whenever the memory grows: never keep it. */
	readonly HEAPU8: Uint8Array<ArrayBuffer>;
	readonly HEAP32: Int32Array<ArrayBuffer>;
	readonly HEAPU32: Uint32Array<ArrayBuffer>;
	readonly FS: EmscriptenFileSystem;
	/** The environment of the program; read when it first looks at it. */
	readonly ENV: Record<string, string>;
	addFunction(callback: (pointer: number, length: number) => number, signature: 'iii'): number;
	/** Puts the text on the heap, as UTF-8 with a zero at its end; gives its address. */
	stringToNewUTF8(text: string): number;
	/** Takes the place of libpq's `recv` and `send`: `(buffer, length) → bytes, or -1 and errno`. */
	_pgl_set_rw_cbs(receive: number, send: number): void;
	_main(argc: number, argv: number): number;
	___errno_location(): number;
}

export interface PgDumpModuleOptions {
	thisProgram: string;
	print(line: string): void;
	printErr(line: string): void;
	preRun: ((module: PgDumpModule) => void)[];
}

export type InstantiatePgDump = (options: PgDumpModuleOptions) => Promise<PgDumpModule>;

/** `errno` values of this C library (WASI's numbers). */
export const EAGAIN = 6;
export const EPIPE = 64;
