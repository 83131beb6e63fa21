/** A condition that cannot be understood, or could never be met. */
export class ConditionSyntaxError extends Error {
	constructor(
		/** Without a full stop. */
		reason: string,
		/** Where in the text, from 1. */
		readonly column: number,
	) {
		super(reason);
	}
}
