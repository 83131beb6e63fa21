export interface Allowance {
	calls: number;
	windowMs: number;
}

/** Counts calls in windows that begin with the first call, and forgets them when the backend restarts. */
export class RateLimit {
	private calls = 0;
	private endsAt = 0;

	constructor(private readonly allowance: Allowance) {}

	/** Seconds to wait where the call is one too many. */
	retryAfter(now = Date.now()): number | undefined {
		if (now >= this.endsAt) {
			this.calls = 0;
			this.endsAt = now + this.allowance.windowMs;
		}
		this.calls++;
		if (this.calls <= this.allowance.calls) return undefined;
		return Math.max(1, Math.ceil((this.endsAt - now) / 1000));
	}
}
