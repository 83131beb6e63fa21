/** What RentGuy does with a job: takes it, refuses it, or refuses it so that the platform gives it up. */
export type Outcome = 'take' | 'refuse' | 'bury';

/** The service to which the platform delivers. */
export class RentGuy {
	outcome: Outcome = 'take';
	/** How many of the next jobs it refuses, whatever `outcome` says. */
	refusals = 0;
	/** Of the jobs that it has taken, in order. */
	readonly taken: string[] = [];
	private gate: Promise<void> | undefined;
	private open: () => void = () => undefined;

	/** From now on it answers nobody, until `release`. */
	hold(): void {
		this.gate ??= new Promise((resolve) => (this.open = resolve));
	}

	release(): void {
		this.open();
		this.gate = undefined;
	}

	async receive(jobId: string): Promise<Outcome> {
		await this.gate;
		const outcome = this.refusals > 0 ? 'refuse' : this.outcome;
		if (this.refusals > 0) this.refusals--;
		if (outcome === 'take') this.taken.push(jobId);
		return outcome;
	}
}
