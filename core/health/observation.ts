/** What a probe saw in one go. Nothing in it is secret but what `values` hold, which are not shown whole. */
export interface Observation {
	/** One plain sentence without a full stop, e.g. `HTTP 200 in 34 ms`. */
	readonly text: string;
	/** By the name of the placeholder, e.g. `STATUS`. One that is not here could not be seen. */
	readonly values: Readonly<Record<string, Observed>>;
}

/** A value behind a placeholder; durations are in milliseconds. */
export type Observed =
	boolean | number | string | ObservedText | ReadonlyMap<string, string> | Absent;

/** Why there is no value, as it follows "there is none: ". */
export class Absent {
	constructor(readonly reason: string) {}
}

/** A text that may be JSON, which is then read by paths. */
export class ObservedText {
	private parsed: { json: unknown } | Absent | undefined;

	constructor(readonly text: string) {}

	/** The same for what is no text, such as the rows of a query. */
	static ofJson(json: unknown): ObservedText {
		const document = new ObservedText(JSON.stringify(json));
		document.parsed = { json };
		return document;
	}

	get json(): { json: unknown } | Absent {
		this.parsed ??= parse(this.text);
		return this.parsed;
	}
}

/** The observation of a target that does not answer; all other placeholders have no value. */
export function unreachable(text: string, values: Observation['values'] = {}): Observation {
	return { text, values: { ...values, CONNECTED: false } };
}

function parse(text: string): { json: unknown } | Absent {
	try {
		return { json: JSON.parse(text) };
	} catch {
		return new Absent('it is not JSON');
	}
}
