import { name, version } from '../../package.json';

/** What writes into a repository, as its manifests and verification records name it. */
export const tool = { name, version };
