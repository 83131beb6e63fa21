/** What a fault can be chosen by. */
export interface RequestFacts {
	readonly method: string;
	/** Empty for requests about the bucket. */
	readonly key: string;
	readonly query: URLSearchParams;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type FaultEffect =
	/** Answers with this error before anything is done. */
	| { kind: 'status'; status: number; code: string }
	/** Answers with this error after everything that was asked for has been done. */
	| { kind: 'status-after'; status: number; code: string }
	/** Answers 200 with an error in the body, as AWS may at the end of a long completion. */
	| { kind: 'error-in-success'; code: string }
	/** Resets the connection as soon as the request arrives. */
	| { kind: 'reset' }
	/** Never answers. */
	| { kind: 'hang' }
	/** Breaks the connection after this many bytes of the request's body. */
	| { kind: 'cut-request'; afterBytes: number }
	/** Breaks the connection, or stalls, after this many bytes of the answer's body. */
	| { kind: 'cut-response' | 'stall-response'; afterBytes: number }
	/** Does everything that was asked for, then breaks the connection in place of an answer. */
	| { kind: 'lose-answer' }
	/** Flips one bit of the request's body, at this byte. */
	| { kind: 'corrupt-request'; atByte: number }
	/** Announces another length than the object has; on answers without a body. */
	| { kind: 'wrong-length'; bytes: number }
	/** Flips one bit of the answer's body, at this byte. */
	| { kind: 'corrupt-response'; atByte: number }
	/** Behaves like a server that does not know `If-None-Match` on writes. */
	| { kind: 'ignore-condition' }
	/** Behaves like a server that takes a wish for encryption, and does nothing about it. */
	| { kind: 'ignore-encryption' };

export interface FaultRule {
	readonly method?: string;
	readonly when?: (request: RequestFacts) => boolean;
	/** Spares this many matching requests first. */
	readonly after?: number;
	/** Strikes this often; for ever without it. */
	readonly times?: number;
	readonly effect: FaultEffect;
}

/** The faults that the server has been told to have. */
export class Faults {
	private readonly rules: { rule: FaultRule; seen: number; hits: number }[] = [];

	/** Returns a function that tells how often the fault has struck. */
	add(rule: FaultRule): () => number {
		const state = { rule, seen: 0, hits: 0 };
		this.rules.push(state);
		return () => state.hits;
	}

	clear(): void {
		this.rules.length = 0;
	}

	/** The effect for this request, if any; counts it. */
	next(request: RequestFacts): FaultEffect | undefined {
		for (const state of this.rules) {
			const { method, when, after = 0, times = Infinity, effect } = state.rule;
			if (method !== undefined && method !== request.method) continue;
			if (when && !when(request)) continue;
			state.seen += 1;
			if (state.seen <= after || state.hits >= times) continue;
			state.hits += 1;
			return effect;
		}
		return undefined;
	}
}
