const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LENGTH = 9;

/**
 * The name of a module's type, as the command TYPE gives it: nine characters of six bits each, above
 * ten bits for the version of its encoding.
 */
export function moduleName(id: bigint): string {
	return Array.from(
		{ length: LENGTH },
		(_, index) => CHARACTERS[Number((id >> BigInt(10 + 6 * (LENGTH - 1 - index))) & 63n)],
	).join('');
}
