import { isAscii, isUtf8 } from 'node:buffer';
import { ConfigurationError } from '../../errors';
import type { ByteReader } from './byte-feed';
import { malformed } from './malformed';
import type { ArchiveToc, TocEntry } from './toc';

const CUSTOM_FORMAT = 1;
/** First byte of the place that pg_dump leaves for an offset: not set, set, no data. */
const OFFSET_STATES = [1, 2, 3];
/** By which pg_dump says how it compressed; the first one stands for not at all. */
const ALGORITHMS = ['none', 'gzip', 'lz4', 'zstd'];
/** A text longer than this is taken for damage; the largest real ones are definitions and comments. */
const MAX_TEXT_BYTES = 64 * 1024 ** 2;
/** The table of contents is the one thing kept in memory whole. */
const MAX_TOC_BYTES = 512 * 1024 ** 2;
/** What has a data block; of anything else it would be data that nobody knows what to do with. */
const DATA_KINDS = ['TABLE DATA', 'BLOBS'];
/** What a dependency takes in memory. */
const DEPENDENCY_BYTES = 16;
/** What an entry takes besides its texts, about; millions of empty ones would fill the memory too. */
const ENTRY_BYTES = 200;

/** Reads the head of a custom-format archive up to the first data block. Throws `IntegrityError`. */
export function* readToc(): ByteReader<ArchiveToc> {
	const head = new HeadReader();
	const version = yield* head.signature();
	yield* head.uncompressed(version);
	for (let part = 0; part < 7; part++) yield* head.integer(); // creation time, as a struct tm
	const database = (yield* head.text()) ?? '';
	const serverVersion = (yield* head.text()) ?? '';
	const pgDumpVersion = (yield* head.text()) ?? '';

	const count = yield* head.integer();
	if (count < 0) throw malformed('its table of contents has a negative length');
	const entries: TocEntry[] = [];
	const ids = new Set<number>();
	let encoding = 'UTF8';
	for (let index = 0; index < count; index++) {
		const entry = yield* head.entry(version);
		if (ids.has(entry.id)) throw malformed(`entry ${entry.id} is listed twice`);
		ids.add(entry.id);
		entries.push(entry);
		if (entry.kind === 'ENCODING') encoding = encodingOf(entry);
	}
	// Bytes of any meaning, which are UTF-8 nearly everywhere, are not changed by being read as that.
	const isBytes = encoding === 'UTF8' || encoding === 'SQL_ASCII';
	const textIsExact = isBytes ? head.textIsUtf8 : head.textIsAscii;
	const format = `1.${version}`;
	return {
		version: format,
		database,
		serverVersion,
		pgDumpVersion,
		encoding,
		textIsExact,
		entries,
	};
}

/** The pieces of the head. It yields how many bytes it needs next. */
class HeadReader {
	textIsUtf8 = true;
	textIsAscii = true;
	private offsetBytes = 8;
	private takenBytes = 0;

	/** Checks magic, version and machine sizes; returns the minor version. */
	*signature(): ByteReader<number> {
		const bytes = yield 11;
		if (bytes.toString('latin1', 0, 5) !== 'PGDMP') {
			throw malformed('it does not begin as an archive in the custom format of pg_dump');
		}
		const [major = 0, minor = 0, , integerBytes = 0, offsetBytes = 0, format] = bytes.subarray(5);
		if (major !== 1 || minor < 14 || minor > 16) {
			throw new ConfigurationError(`The dump has archive version ${major}.${minor}.`, {
				hint: 'Versions 1.14, 1.15 and 1.16 can be read, which pg_dump 12 to 18 write.',
			});
		}
		if (integerBytes !== 4 || (offsetBytes !== 4 && offsetBytes !== 8)) {
			throw malformed('the sizes of its numbers are impossible');
		}
		if (format !== CUSTOM_FORMAT) {
			throw new ConfigurationError('The dump is not in the custom format of pg_dump.', {
				hint: 'Make it with: pg_dump --format=custom --compress=0',
			});
		}
		this.offsetBytes = offsetBytes;
		return minor;
	}

	*uncompressed(minor: number): ByteReader<void> {
		// Up to 1.14 a gzip level (-1: the default one), since then the number of an algorithm.
		const compression = minor < 15 ? yield* this.integer() : ((yield 1)[0] ?? 0);
		if (compression === 0) return;
		const algorithm = minor < 15 ? 'gzip' : (ALGORITHMS[compression] ?? 'an unknown method');
		throw new ConfigurationError(`The dump is compressed by pg_dump itself, with ${algorithm}.`, {
			hint: 'Only dumps made with --compress=0 can be read; the repository compresses them.',
		});
	}

	/** A sign byte, then four bytes, the lowest first. */
	*integer(): ByteReader<number> {
		const bytes = yield 5;
		const sign = bytes[0] ?? 0;
		if (sign > 1) throw malformed('a number in its table of contents has an impossible sign');
		const magnitude = bytes.readUInt32LE(1);
		return sign === 1 ? -magnitude : magnitude;
	}

	*text(): ByteReader<string | null> {
		const length = yield* this.integer();
		if (length === -1) return null;
		if (length < 0 || length > MAX_TEXT_BYTES) {
			throw malformed('a text in its table of contents has an impossible length');
		}
		this.take(length);
		if (length === 0) return '';
		const bytes = yield length;
		this.textIsAscii &&= isAscii(bytes);
		this.textIsUtf8 &&= isUtf8(bytes);
		return bytes.toString('utf8');
	}

	*entry(minor: number): ByteReader<TocEntry> {
		this.take(ENTRY_BYTES);
		const id = yield* this.integer();
		const hadData = (yield* this.integer()) !== 0;
		yield* this.text(); // OID of the catalogue table
		yield* this.text(); // OID of the object
		const tag = (yield* this.text()) ?? '';
		const kind = (yield* this.text()) ?? '';
		const section = yield* this.integer();
		const definition = yield* this.text();
		const drop = yield* this.text();
		const copy = yield* this.text();
		const schema = yield* this.text();
		const tablespace = yield* this.text();
		const tableAccessMethod = yield* this.text();
		const relationKind = minor >= 16 ? yield* this.integer() : 0;
		const owner = yield* this.text();
		yield* this.text(); // whether the table had OIDs, before Postgres 12
		const dependencies = yield* this.dependencies();
		const offset = yield 1 + this.offsetBytes;
		const hasSense = id > 0 && kind !== '' && (!hadData || DATA_KINDS.includes(kind));
		if (!hasSense || !OFFSET_STATES.includes(offset[0] ?? 0)) {
			throw malformed(`an entry of its table of contents makes no sense (number ${id})`);
		}
		return {
			id,
			hadData,
			kind,
			tag,
			section,
			definition,
			drop,
			copy,
			schema,
			tablespace,
			tableAccessMethod,
			relationKind: relationKind > 0 && relationKind < 128 ? String.fromCharCode(relationKind) : '',
			owner,
			dependencies,
		};
	}

	private take(bytes: number): void {
		this.takenBytes += bytes;
		if (this.takenBytes > MAX_TOC_BYTES) throw malformed('its table of contents never ends');
	}

	private *dependencies(): ByteReader<number[]> {
		const ids: number[] = [];
		for (;;) {
			const id = yield* this.text();
			if (id === null) return ids;
			if (!/^\d{1,10}$/.test(id)) throw malformed('a dependency in it is not a number');
			this.take(DEPENDENCY_BYTES);
			ids.push(Number(id));
		}
	}
}

/** `SET client_encoding = 'UTF8';` is all that such an entry says. */
function encodingOf(entry: TocEntry): string {
	const [, encoding] = /client_encoding = '([A-Za-z0-9_]+)'/.exec(entry.definition ?? '') ?? [];
	if (encoding === undefined) throw malformed('its encoding cannot be read');
	return encoding;
}
