import type { Lock } from './store';

/** Why a locked object stays, for people. */
export function lockSentence({ until, legalHold }: Lock): string {
	const holds = [
		...(until ? [`Object Lock keeps it until ${until.toISOString()}`] : []),
		...(legalHold ? ['a legal hold keeps it'] : []),
	].join(', and ');
	return `${holds.charAt(0).toUpperCase()}${holds.slice(1)}.`;
}
