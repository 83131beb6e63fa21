/** The module that brings a data type, where it is one of those that come with Redis Stack. */
const MODULE_OF_TYPE: ReadonlyMap<string, string> = new Map([
	['ReJSON-RL', 'ReJSON'],
	['MBbloom--', 'bf'],
	['MBbloomCF', 'bf'],
	['CMSk-TYPE', 'bf'],
	['TopK-TYPE', 'bf'],
	['TDIS-TYPE', 'bf'],
	['TSDB-TYPE', 'timeseries'],
	['ft_index0', 'search'],
	['ft_invidx', 'search'],
	['vectorset', 'vectorset'],
]);

/**
 * The types in a snapshot that a server with these modules may be unable to load. A server does not
 * tell the types of its modules, so a type that nobody knows counts as missing.
 */
export function missingModules(types: readonly string[], loaded: readonly string[]): string[] {
	const names = new Set(loaded.map((name) => name.toLowerCase()));
	return types.filter((type) => {
		const module = MODULE_OF_TYPE.get(type);
		return module === undefined || !names.has(module.toLowerCase());
	});
}
