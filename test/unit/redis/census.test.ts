import { createHash } from 'node:crypto';
import { Census, type CountedKey } from '../../../core/redis/rdb/census';

/** As the documentation of the digest has it, one key after the other. */
function expected(keys: readonly CountedKey[]): string {
	const sum = keys.reduce((total, { type, expiresAt, name = Buffer.alloc(0) }) => {
		const hash = createHash('sha256')
			.update(`${type}\0${expiresAt ?? ''}\0`)
			.update(name);
		return (total + hash.digest().readBigUInt64LE()) % 2n ** 64n;
	}, 0n);
	return sum.toString(16).padStart(16, '0');
}

it('adds up what it says, whatever the names and the times of expiry', () => {
	const expiries = [undefined, 0, 5, -1, 1_800_000_000_000, 2 ** 53 - 1, 2 ** 60, 2 ** 63];
	const names = ['', 'a', 'naïve', '\0\xff', 'n'.repeat(4090), 'n'.repeat(10_000)];
	const keys = expiries.flatMap((expiresAt) =>
		names.map((name) => ({ database: 0, name: Buffer.from(name), type: 'hash', expiresAt })),
	);
	const census = new Census();
	for (const key of keys) {
		census.add(key);
		census.add({ ...key, database: 1, type: 'ReJSON-RL' });
	}
	expect(census.databases.map(({ digest }) => digest)).toEqual([
		expected(keys),
		expected(keys.map((key) => ({ ...key, type: 'ReJSON-RL' }))),
	]);
});
