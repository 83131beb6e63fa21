import type { Stage } from '../../test/support/stage/stage';

/** Throws where n8n asked what the real hosts would not have answered, or asked others. */
export function assertNothingRefused({ slack, netlify, git, strayCalls }: Stage): void {
	const refused = [...slack.refused, ...netlify.refused, ...git.refused, ...strayCalls];
	if (refused.length > 0) throw new Error(`n8n asked in vain: ${refused.join('; ')}.`);
}
