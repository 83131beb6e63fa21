import type { IExecuteFunctions } from 'n8n-workflow';

/** Writes each new phase of a long operation into n8n's log, so that one can see where it stands. */
export function logPhases(
	context: IExecuteFunctions,
): (progress: { phase: string; rawBytes?: number }) => void {
	const { name } = context.getNode();
	let current: string | undefined;
	return ({ phase, rawBytes }) => {
		if (phase === current) return;
		current = phase;
		context.logger.info(`${name}: ${phase}`, rawBytes === undefined ? {} : { rawBytes });
	};
}
