import type { IDataObject } from 'n8n-workflow';
import type { EnvChanges } from '../../core/files/env/env-fingerprint';

const UNKNOWN = 'Which values changed is not known.';

/** The part of a result that names the settings of an env file which differ; never a value. */
export function envNames(env: EnvChanges | undefined): { names?: IDataObject } {
	if (!env) return {};
	const { added, removed, changed } = env;
	return {
		names: {
			added: [...added],
			removed: [...removed],
			changed: changed === 'unknown' ? changed : [...changed],
		},
	};
}

/** What a person has to know of them. */
export function envWarnings(env: EnvChanges | undefined): string[] {
	return env?.reason === undefined ? [] : [`${UNKNOWN} ${env.reason}`];
}
