import { explainsItself, isOnTheGrid } from './layout';
import { limitsRequests, tellsByOneWay, triesAgain } from './network';
import { hasKnownParameters, namesItsCredentials, usesCurrentNodes } from './node-types';
import type { Rule } from './rule';
import { holdsNoSecrets } from './secrets';
import { hasCompleteSettings, hasErrorWorkflow } from './settings';
import {
	hasOnlyWhatIsShipped,
	hasPlainNames,
	hasStableIds,
	hasTags,
	hasValidStructure,
	runsOnInAPause,
} from './shape';
import { agreesWithSettings } from './site-values';
import { knowsItsCallers } from './webhooks';
import { canBeRunByHand, leavesNoNodeAlone, resolvesReferences, wiresErrorOutputs } from './wiring';

/** What every shipped workflow is held to, by the sentence that a report shows. */
export const RULES: Readonly<Record<string, Rule>> = {
	'passes the check of n8n at import': hasValidStructure,
	'holds only what is shipped': hasOnlyWhatIsShipped,
	'has ids that stay': hasStableIds,
	'has tags with ids of their own': hasTags,
	'runs on while all else is paused': runsOnInAPause,
	'has names in plain words': hasPlainNames,
	'has complete settings': hasCompleteSettings,
	'has an error workflow': hasErrorWorkflow,
	'lies on the grid': isOnTheGrid,
	'explains itself': explainsItself,
	'uses current nodes': usesCurrentNodes,
	'has known and complete parameters': hasKnownParameters,
	'refers to credentials by name': namesItsCredentials,
	'can be run by hand': canBeRunByHand,
	'leads each error output somewhere': wiresErrorOutputs,
	'writes to people by one workflow alone': tellsByOneWay,
	'tries again what the network spoils': triesAgain,
	'waits for no request for long': limitsRequests,
	'knows who calls its webhooks': knowsItsCallers,
	'leaves no node alone': leavesNoNodeAlone,
	'refers to what exists': resolvesReferences,
	'agrees with the settings of a site': agreesWithSettings,
	'holds no secrets': holdsNoSecrets,
};
