import { NO_TRACES, type Traces, tracesOf } from '../aftermath';
import type { Verdict } from '../relay';
import { type Action, CrashSite, type Engine, type StoreKind } from './crash-site';
import { CoreProcess, type Outcome } from './core-process';
import { randomFrom } from './random';

/** When a run is killed, as a part of what a whole run takes. */
export type Moment =
	| { after: 'time'; part: number }
	/** With a certain piece of what it sends to the server, which may hear that one or not. */
	| { after: 'request'; part: number; heard: boolean };

/** One kill, and all that was wrong after it; nothing is as it should be. */
export interface Round {
	action: Action;
	moment: string;
	/** Whether it was killed, or ended before that moment came. */
	killed: boolean;
	/** What was left until the next run, or will be until a prune. */
	left: string;
	violations: string[];
}

export interface CampaignOptions {
	engine: Engine;
	store: StoreKind;
	seed: number;
	moments: number;
	onRound?: (round: Round) => void;
}

const ACTIONS: readonly Action[] = ['swap', 'dump', 'in place', 'swap', 'dump'];
/** What only a prune removes, and a backup does not need to care for. */
const UNTIL_PRUNED: readonly (keyof Traces)[] = ['uncommitted', 'uploads'];
const RESTORES = 'restores';

/**
 * Kills a process in the middle of dumps and restores at moments that the seed decides, looks at
 * what is left, and lets another one do the same to its end.
 */
export async function runCampaign(options: CampaignOptions): Promise<Round[]> {
	const campaign = new Campaign();
	try {
		return await campaign.run(options);
	} finally {
		await campaign.end();
	}
}

class Campaign {
	private site!: CrashSite;
	private process!: Promise<CoreProcess>;
	/** Tells what to do about the request with this number. */
	private watch: (number: number) => Verdict = () => 'pass';
	/** Of the shortest run of each that nobody killed: a machine that was busy once gives no late moments. */
	private readonly whole = new Map<Action, { ms: number; requests: number }>();

	async run({ engine, store, seed, moments, onRound }: CampaignOptions): Promise<Round[]> {
		this.site = await CrashSite.start(engine, store, (number) => this.watch(number));
		this.process = CoreProcess.start(this.site.temporary);
		await this.measure();
		const random = randomFrom(seed);
		const rounds: Round[] = [];
		for (let number = 0; number < moments; number++) {
			const action = ACTIONS[number % ACTIONS.length] ?? 'dump';
			const part = random();
			const moment: Moment =
				random() < 0.35
					? { after: 'time', part }
					: { after: 'request', part, heard: random() < 0.5 };
			const round = await this.round(action, moment, number);
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
		for (const action of ['dump', 'swap', 'in place'] as const) {
			await this.site.reset();
			const { result, error } = await this.runWhole(action, RESTORES);
			if (!result) throw new Error(`A run that nobody killed failed: ${error?.message}`);
			if (action === 'dump') this.site.setBackup(String(result.id));
		}
	}

	private async runWhole(action: Action, repository: string): Promise<Outcome> {
		this.site.relay.reset();
		const startedAt = performance.now();
		const outcome = await this.start(action, repository);
		const [ms, { requests }] = [performance.now() - startedAt, this.site.relay];
		if (ms < (this.whole.get(action)?.ms ?? Infinity)) this.whole.set(action, { ms, requests });
		return outcome;
	}

	private async round(action: Action, moment: Moment, number: number): Promise<Round> {
		const { site } = this;
		const repository = action === 'dump' ? `round-${number}` : RESTORES;
		const scene = site.scene(repository);
		const violations: string[] = [];
		await site.reset();
		site.relay.reset();

		const when = this.describeMoment(action, moment);
		const outcome = await this.start(action, repository, moment);
		if (outcome.error) violations.push(`before its kill it failed: ${outcome.error.message}`);
		const traces = await tracesOf(scene, [...UNTIL_PRUNED, 'databases']);
		violations.push(...describe(traces, [...UNTIL_PRUNED, 'databases']));
		const after = await site.state();
		violations.push(...this.judge(action, after));

		const again = await this.runWhole(action, repository);
		if (again.error) violations.push(`the next run failed: ${again.error.message}`);
		violations.push(...describe(await tracesOf(scene, UNTIL_PRUNED), UNTIL_PRUNED));
		const healed = await site.state();
		if (action !== 'dump' && healed.target !== 'new') violations.push('the next run restored not');
		if (action === 'swap' && !healed.kept.includes(after.target)) {
			violations.push('the next run did not keep what it replaced');
		}
		return {
			...{ action, moment: when, killed: outcome.killed ?? false },
			left: [
				...(action === 'dump' ? [] : [after.target]),
				...traces.databases.map(() => 'a restore database'),
				...(action === 'dump' ? [`${traces.uncommitted.length} files in all`] : []),
			].join(', '),
			violations,
		};
	}

	private judge(action: Action, { target, kept }: Awaited<ReturnType<CrashSite['state']>>) {
		if (target === 'neither') return ['the target is missing, or neither old nor new'];
		if (action === 'dump') return target === 'old' ? [] : ['a dump has changed a database'];
		const expected = action === 'swap' && target === 'new' ? ['old'] : [];
		const isKept = JSON.stringify(kept) === JSON.stringify(expected);
		return isKept ? [] : [`the target is ${target}, and these are kept: ${kept.join(', ')}`];
	}

	private describeMoment(action: Action, moment: Moment): string {
		const whole = this.whole.get(action) ?? { ms: 0, requests: 0 };
		if (moment.after === 'time') return `${Math.round(moment.part * whole.ms)} ms`;
		const number = 1 + Math.floor(moment.part * whole.requests);
		return `request ${number} of ${whole.requests}, ${moment.heard ? 'heard' : 'not heard'}`;
	}

	private async start(action: Action, repository: string, moment?: Moment): Promise<Outcome> {
		const core = await this.process;
		const whole = this.whole.get(action) ?? { ms: 0, requests: 0 };
		let timer: NodeJS.Timeout | undefined;
		if (moment?.after === 'time') timer = setTimeout(() => core.kill(), moment.part * whole.ms);
		if (moment?.after === 'request') {
			const last = 1 + Math.floor(moment.part * whole.requests);
			this.watch = (number) => {
				if (number === last) core.kill();
				return number === last && !moment.heard ? 'cut' : 'pass';
			};
		}
		try {
			const outcome = await core.run(this.site.job(action, repository));
			if (outcome.killed) this.process = CoreProcess.start(this.site.temporary);
			return outcome;
		} finally {
			clearTimeout(timer);
			this.watch = () => 'pass';
		}
	}
}

function describe(traces: Traces, allowed: readonly (keyof Traces)[]): string[] {
	return (Object.keys(NO_TRACES) as (keyof Traces)[])
		.filter((name) => !allowed.includes(name) && traces[name].length > 0)
		.map((name) => `${name}: ${traces[name].join(', ')}`);
}
