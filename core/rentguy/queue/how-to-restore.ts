import { PENDING_STATES } from './job-states';
import { type QueueNames, qualifiedName } from './queue-name';

/**
 * Shell lines that put the pending jobs of an export back with Node.js and ioredis alone, which the
 * platform's backend has. They hold no secret: the server's address is taken from REDIS_URL.
 *
 * @param decode the command that writes the payload to its standard output
 */
export function howToRestore({ main, dead }: QueueNames, decode: string): string[] {
	const names = JSON.stringify({ main: qualifiedName(main), dead: qualifiedName(dead) });
	return [
		'# Run this where Node.js finds ioredis: in the folder of the backend, while no worker runs. Jobs',
		'# whose id is there already stay as they are. Not put back: completed and failed ones, and those',
		'# that belong to a parent job.',
		'export REDIS_URL=redis://:...@localhost:6379',
		`${decode} > jobs.ndjson`,
		"node - jobs.ndjson <<'END'",
		"const Redis = require('ioredis'), lines = require('readline').createInterface({",
		"  input: require('fs').createReadStream(process.argv[2]) });",
		`const names = ${names};`,
		`const pending = ${JSON.stringify([...PENDING_STATES])};`,
		'(async () => {',
		'  const redis = new Redis(process.env.REDIS_URL), highest = {};',
		'  let put = 0;',
		'  for await (const line of lines) {',
		'    const { queue, id, state, score, job } = JSON.parse(line), name = names[queue];',
		'    if (/^[0-9]{1,15}$/.test(id)) highest[name] = Math.max(highest[name] || 0, +id);',
		'    if (!pending.includes(state) || job.parentKey !== undefined) continue;',
		"    if (await redis.exists(name + ':' + id)) continue;",
		'    for (const field in job) if (job[field].base64 !== undefined)',
		"      job[field] = Buffer.from(job[field].base64, 'base64');",
		"    const all = redis.multi().hset(name + ':' + id, job);",
		"    if (score !== undefined) all.zadd(name + ':' + state, score, id);",
		"    else all[state === 'active' ? 'rpush' : 'lpush'](name + ':wait', id);",
		"    await all.zadd(name + ':marker', 0, '0').exec();",
		'    put++;',
		'  }',
		'  // New jobs must not get the id of an old one.',
		'  for (const name in highest) {',
		"    const missing = highest[name] - Number(await redis.get(name + ':id'));",
		"    if (missing > 0) await redis.incrby(name + ':id', missing);",
		'  }',
		"  console.log(put + ' jobs put back');",
		'  redis.disconnect();',
		'})();',
		'END',
	];
}
