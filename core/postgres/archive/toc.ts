/** One line of an archive's table of contents, in the order of the file. */
export interface TocEntry {
	readonly id: number;
	/** Whether the archive holds a data block for this entry. */
	readonly hadData: boolean;
	/** `TABLE`, `TABLE DATA`, `ACL`, … as pg_dump calls it. */
	readonly kind: string;
	/** Name for people; not quoted, and not unique. */
	readonly tag: string;
	/** 1 none, 2 pre-data, 3 data, 4 post-data. */
	readonly section: number;
	/** SQL that creates the object; a bare list of OIDs for `BLOB METADATA`. */
	readonly definition: string | null;
	/** SQL that drops the object, ending in `;` and a line feed. */
	readonly drop: string | null;
	/** The `COPY … FROM stdin;` that takes the rows. */
	readonly copy: string | null;
	readonly schema: string | null;
	readonly tablespace: string | null;
	readonly tableAccessMethod: string | null;
	/** `pg_class.relkind` of tables since archive version 1.16, else empty. */
	readonly relationKind: string;
	readonly owner: string | null;
	/** Ids of the entries that this one needs. */
	readonly dependencies: readonly number[];
}

/** Header and table of contents: everything in an archive that comes before the data. */
export interface ArchiveToc {
	/** Version of the format: `1.14` (pg_dump 12 to 15), `1.15` (16) or `1.16` (17 and 18). */
	readonly version: string;
	/** Name of the dumped database. */
	readonly database: string;
	readonly serverVersion: string;
	readonly pgDumpVersion: string;
	/** Postgres' name of the encoding of texts and rows, e.g. `UTF8`. */
	readonly encoding: string;
	/** Whether every text could be decoded without loss; where not, only pg_restore can use them. */
	readonly textIsExact: boolean;
	readonly entries: readonly TocEntry[];
}
