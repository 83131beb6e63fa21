import { describeProbe } from '../../../core/redis/describe-server';
import type { Permission, ServerProbe } from '../../../core/redis/probe';

const probe = (
	replication: Permission,
	commands: Permission,
	facts: Partial<ServerProbe> = {},
): ServerProbe => ({ flavor: 'redis', version: '7.0.15', replication, commands, ...facts });

describe('what the test of a Redis credential says', () => {
	it.each<[Permission, Permission, boolean, RegExp]>([
		['allowed', 'refused', true, /by replication: all keys of one instant/],
		['refused', 'allowed', true, /not permitted, so .* key by key .* fuzzy/],
		['unknown', 'allowed', true, /could not be asked.* Otherwise it reads key by key/],
		['unknown', 'refused', true, /Reading key by key is not permitted/],
		['refused', 'unknown', true, /Whether the user may read every key could not be asked/],
		['refused', 'refused', false, /nothing can be backed up/],
	])('replication %s, reading %s', (replication, commands, canBackUp, words) => {
		const description = describeProbe(probe(replication, commands));
		expect(description.canBackUp).toBe(canBackUp);
		expect(description.sentence).toMatch(/^Connected to Redis 7\.0\.15\. /);
		expect(description.sentence).toMatch(words);
	});

	it('names the product, and what a snapshot of a part or a copy lacks', () => {
		const { sentence } = describeProbe(
			probe('allowed', 'allowed', { flavor: 'valkey', cluster: true, role: 'replica' }),
		);
		expect(sentence).toMatch(/^Connected to Valkey 7\.0\.15\./);
		expect(sentence).toMatch(/part of a cluster/);
		expect(sentence).toMatch(/is a replica/);
	});
});
