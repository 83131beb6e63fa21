/** An entry as pg_dump would write it; `rows` makes it TABLE DATA, `largeObjects` makes it BLOBS. */
export interface WrittenEntry {
	id: number;
	kind: string;
	tag?: string;
	schema?: string | null;
	definition?: string | null;
	copy?: string | null;
	owner?: string;
	dependencies?: number[];
	/** One COPY line each, without its line feed. */
	rows?: string[];
	largeObjects?: { oid: number; parts: Buffer[] }[];
	terminator?: string;
}

export interface WrittenArchive {
	minor: 14 | 15 | 16;
	compression?: number;
	format?: number;
	entries: WrittenEntry[];
}

/** Writes the custom format of pg_dump as its source describes it, so that tests can bend it. */
export function writeArchive(archive: WrittenArchive): Buffer {
	const parts: Buffer[] = [
		Buffer.from('PGDMP'),
		Buffer.from([1, archive.minor, 0, 4, 8, archive.format ?? 1]),
	];
	const compression = archive.compression ?? 0;
	parts.push(archive.minor < 15 ? integer(compression) : Buffer.from([compression]));
	for (const part of [1, 2, 3, 4, 5, 126, 0]) parts.push(integer(part));
	parts.push(text('shop'), text('15.18'), text('18.3'), integer(archive.entries.length));
	for (const entry of archive.entries) parts.push(tocEntry(entry, archive.minor));
	for (const entry of archive.entries) parts.push(block(entry));
	return Buffer.concat(parts);
}

export function integer(value: number): Buffer {
	const bytes = Buffer.alloc(5);
	bytes[0] = value < 0 ? 1 : 0;
	bytes.writeUInt32LE(Math.abs(value), 1);
	return bytes;
}

function text(value: string | null): Buffer {
	if (value === null) return integer(-1);
	const bytes = Buffer.from(value);
	return Buffer.concat([integer(bytes.length), bytes]);
}

function tocEntry(entry: WrittenEntry, minor: number): Buffer {
	const hadData = entry.rows !== undefined || entry.largeObjects !== undefined;
	const copy = entry.copy ?? (entry.rows ? `COPY ${entry.tag} FROM stdin;\n` : null);
	return Buffer.concat([
		integer(entry.id),
		integer(hadData ? 1 : 0),
		text('0'),
		text('0'),
		text(entry.tag ?? ''),
		text(entry.kind),
		integer(hadData ? 3 : 2),
		text(entry.definition ?? null),
		text(null),
		text(copy),
		text(entry.schema === undefined ? 'public' : entry.schema),
		text(''),
		text(null),
		...(minor >= 16 ? [integer(0)] : []),
		text(entry.owner ?? 'postgres'),
		text('false'),
		...(entry.dependencies ?? []).map((id) => text(String(id))),
		text(null),
		Buffer.from([hadData ? 1 : 3]),
		Buffer.alloc(8),
	]);
}

function block(entry: WrittenEntry): Buffer {
	if (entry.rows) {
		const lines = [...entry.rows.map((row) => `${row}\n`), entry.terminator ?? '\\.\n\n\n'];
		return Buffer.concat([Buffer.from([1]), integer(entry.id), ...lines.map(text), integer(0)]);
	}
	if (!entry.largeObjects) return Buffer.alloc(0);
	const objects = entry.largeObjects.map(({ oid, parts }) =>
		Buffer.concat([
			integer(oid | 0),
			...parts.map((part) => Buffer.concat([integer(part.length), part])),
			integer(0),
		]),
	);
	return Buffer.concat([Buffer.from([3]), integer(entry.id), ...objects, integer(0)]);
}
