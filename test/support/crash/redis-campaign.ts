import type { Round } from './campaign';
import { CoreProcess, type Outcome } from './core-process';
import { randomFrom } from './random';
import { type RedisAction, type RedisContent, RedisSite } from './redis-site';

export interface RedisCampaignOptions {
	/** Who is killed: the process that does it, or the server (which is started again at once). */
	victim: 'process' | 'server';
	seed: number;
	moments: number;
	onRound?: (round: RedisRound) => void;
}

export type RedisRound = Omit<Round, 'action'> & { action: RedisAction };

/** The first one makes the backup that the others restore. */
const ACTIONS: readonly RedisAction[] = [
	...(['snapshot', 'restore by disk'] as const),
	...(['restore by swap', 'restore by commands'] as const),
];

/**
 * Kills in the middle of snapshots and restores of Redis at moments that the seed decides, looks at
 * what is left, and lets another process do the same to its end.
 */
export async function runRedisCampaign(options: RedisCampaignOptions): Promise<RedisRound[]> {
	const campaign = new RedisCampaign(options.victim);
	try {
		return await campaign.run(options);
	} finally {
		await campaign.end();
	}
}

class RedisCampaign {
	private site!: RedisSite;
	private process!: Promise<CoreProcess>;
	/** The shortest run of each that nobody killed: a machine that was busy once gives no late moments. */
	private readonly wholeMs = new Map<RedisAction, number>();

	constructor(private readonly victim: RedisCampaignOptions['victim']) {}

	async run({ seed, moments, onRound }: RedisCampaignOptions): Promise<RedisRound[]> {
		this.site = await RedisSite.start();
		this.process = CoreProcess.start(this.site.temporary);
		await this.measure();
		const random = randomFrom(seed);
		const rounds: RedisRound[] = [];
		for (let number = 0; number < moments; number++) {
			const action = ACTIONS[number % ACTIONS.length] ?? 'snapshot';
			const round = await this.round(action, random(), number);
			rounds.push(round);
			onRound?.(round);
		}
		return rounds;
	}

	async end(): Promise<void> {
		await (await this.process)?.stop();
		await this.site?.stop();
	}

	/** One run of each that nobody kills: how long it takes, and the backup for the restores. */
	private async measure(): Promise<void> {
		for (const action of ACTIONS) {
			const { result, error } = await this.runWhole(action, 'restores');
			if (!result) throw new Error(`A run that nobody killed failed: ${error?.message}`);
			if (action === 'snapshot') this.site.setBackup(String(result['id']));
		}
	}

	private async runWhole(action: RedisAction, name: string): Promise<Outcome> {
		const core = await this.process;
		const startedAt = performance.now();
		const outcome = await core.run(this.site.job(action, name));
		const ms = performance.now() - startedAt;
		this.wholeMs.set(action, Math.min(ms, this.wholeMs.get(action) ?? ms));
		return outcome;
	}

	private async round(action: RedisAction, part: number, number: number): Promise<RedisRound> {
		const { site } = this;
		await site.reset();
		const before = site.uncommitted();
		const afterMs = part * (this.wholeMs.get(action) ?? 0);
		const { outcome, killed } = await this.killAfter(afterMs, action, `round-${number}`);

		const violations = await site.faultsOfFiles();
		if (outcome.error && !killed) violations.push(`it failed by itself: ${outcome.error.message}`);
		const left = site.uncommitted().filter((path) => !before.includes(path));
		if (!outcome.killed && left.length > 0) violations.push(`it left ${left.join(', ')}`);
		violations.push(...(await site.faultsOfTarget(outcome.killed === true)));
		const target = await site.content(site.target);
		if (!mayHold(action, outcome, killed).includes(target)) {
			violations.push(`the target has ${target}`);
		}
		if ((await site.content(site.source)) !== 'new') violations.push('the source has changed');

		const again = await this.runWhole(action, `round-${number}-again`);
		if (again.error) violations.push(`the next run failed: ${again.error.message}`);
		violations.push(...(await site.faultsOfFiles()), ...(await site.faultsOfTarget(false)));
		const expected = action === 'snapshot' ? 'old' : 'new';
		const healed = await site.content(site.target);
		if (healed !== expected) violations.push(`after the next run the target has ${healed}`);
		const moment = `${this.victim} after ${Math.round(afterMs)} ms`;
		return {
			...{ action, moment, killed, violations },
			left: action === 'snapshot' ? `${left.length} files` : target,
		};
	}

	private async killAfter(
		ms: number,
		action: RedisAction,
		name: string,
	): Promise<{ outcome: Outcome; killed: boolean }> {
		const core = await this.process;
		const server = this.site.serverOf(action);
		let struck: Promise<void> | undefined;
		const strike = async () => {
			if (this.victim === 'process') return core.kill();
			await server.kill();
			await server.start();
		};
		const timer = setTimeout(() => {
			struck = strike();
		}, ms);
		try {
			const outcome = await core.run(this.site.job(action, name));
			clearTimeout(timer);
			await struck;
			if (outcome.killed) this.process = CoreProcess.start(this.site.temporary);
			return { outcome, killed: struck !== undefined };
		} finally {
			clearTimeout(timer);
		}
	}
}

/** What the target may have by then. */
function mayHold(action: RedisAction, outcome: Outcome, killed: boolean): RedisContent[] {
	if (action === 'snapshot') return ['old'];
	// Key by key; and a server that was killed has what is on its disk.
	if (action === 'restore by commands') return ['old', 'new', 'some of the new'];
	const isWarned = (outcome.result?.['warnings'] as unknown[] | undefined)?.length !== 0;
	return killed && isWarned ? ['old', 'new'] : ['new'];
}
