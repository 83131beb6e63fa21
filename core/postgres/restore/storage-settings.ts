import { escapeIdentifier, escapeLiteral } from 'pg';
import type { TocEntry } from '../archive/toc';

/** What the target has to hold tables in. */
export interface StorageTarget {
	/** `server_version_num` of the target, e.g. 150018. */
	readonly serverVersion: number;
	/** Those in which the login may create something. */
	readonly tablespaces: ReadonlySet<string>;
}

/** Tablespace and table access method are settings in force when a table or index is created. */
export class StorageSettings {
	private tablespace = '';
	private accessMethod = '';

	constructor(
		private readonly target: StorageTarget,
		private readonly warnings: Set<string>,
	) {}

	before(entry: TocEntry): string[] {
		const statements: string[] = [];
		const tablespace = this.usable(entry.tablespace);
		if (tablespace !== null && tablespace !== this.tablespace) {
			this.tablespace = tablespace;
			statements.push(`SET default_tablespace = ${escapeLiteral(tablespace)}`);
		}
		const method = entry.relationKind === 'p' ? null : entry.tableAccessMethod;
		if (method && method !== this.accessMethod) {
			this.accessMethod = method;
			statements.push(`SET default_table_access_method = ${escapeIdentifier(method)}`);
		}
		return statements;
	}

	/** Partitioned tables have no storage: theirs is only a default for partitions to come. */
	after(entry: TocEntry): string[] {
		const { relationKind, tableAccessMethod, schema, tag } = entry;
		const remembers = this.target.serverVersion >= 170000;
		if (relationKind !== 'p' || !tableAccessMethod || !schema || !remembers) return [];
		const table = `${escapeIdentifier(schema)}.${escapeIdentifier(tag)}`;
		return [`ALTER TABLE ${table} SET ACCESS METHOD ${escapeIdentifier(tableAccessMethod)}`];
	}

	private usable(tablespace: string | null): string | null {
		if (!tablespace || this.target.tablespaces.has(tablespace)) return tablespace;
		this.warnings.add(tablespaceWarning(tablespace));
		return '';
	}
}

export function tablespaceWarning(tablespace: string): string {
	return `There is no tablespace ${tablespace} that the login may use; what was in it is in the default one now.`;
}
