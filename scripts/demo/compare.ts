import { compareDefinitions, compareRows, type TableDifference } from './census';
import type { Content } from './servers';

/** How what the servers hold differs from what they held. */
export interface Comparison {
	readonly tables: readonly TableDifference[];
	/** Those that one of the two has and the other has not. */
	readonly definitions: readonly string[];
	readonly isDatabaseSame: boolean;
	/** By every key, value and time of expiry. */
	readonly isRedisSame: boolean;
}

export function compare(before: Content, now: Content): Comparison {
	const tables = compareRows(before.database, now.database);
	const definitions = compareDefinitions(before.database, now.database);
	const sameRows = tables.every(({ missing, changed, added }) => missing + changed + added === 0);
	return {
		...{ tables, definitions, isDatabaseSame: sameRows && definitions.length === 0 },
		isRedisSame: JSON.stringify(now.redis) === JSON.stringify(before.redis),
	};
}
