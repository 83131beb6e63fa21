/** The answer to INFO: `name:value` lines. */
export class ServerInfo {
	private readonly lines: readonly string[];

	constructor(text: string) {
		this.lines = text.split(/\r?\n/);
	}

	/** A value, or nothing where this server does not tell it. */
	get(name: string): string | undefined {
		return this.all(name)[0];
	}

	/** A value as a number; 0 where this server does not tell it. */
	number(name: string): number {
		return Number(this.get(name) ?? 0);
	}

	/** The values of a name that may occur more than once. */
	all(name: string): string[] {
		const start = `${name}:`;
		return this.lines
			.filter((line) => line.startsWith(start))
			.map((line) => line.slice(start.length));
	}

	/** Keys and keys with an expiry per database; databases without keys do not occur. */
	keyspace(): Map<number, KeyCounts> {
		const databases = new Map<number, KeyCounts>();
		for (const line of this.lines) {
			const [, database, keys, expires] = /^db(\d+):keys=(\d+),expires=(\d+)/.exec(line) ?? [];
			if (database === undefined) continue;
			databases.set(Number(database), { keys: Number(keys), expiring: Number(expires) });
		}
		return databases;
	}
}

export interface KeyCounts {
	keys: number;
	expiring: number;
}
