import type { Stage } from '../../test/support/stage/stage';

/** Throws where n8n asked what the real hosts would not have answered, or asked others. */
export function assertNothingRefused(stage: Stage): void {
	const { slack, netlify, notion, git, sshServer, onePassword, strayCalls } = stage;
	const standIns = [slack, netlify, notion, git, sshServer, onePassword];
	const refused = [...standIns.flatMap((one) => one.refused), ...strayCalls];
	if (refused.length > 0) throw new Error(`n8n asked in vain: ${refused.join('; ')}.`);
}
