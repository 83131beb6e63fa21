import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

const DEFAULT_PARALLEL = 10;

export const parallelOption: INodeProperties = {
	displayName: 'Checks at a Time',
	name: 'parallel',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 200 },
	default: DEFAULT_PARALLEL,
	description: 'How many checks are run at the same time',
};

export const parallel = z.coerce.number().int().min(1).max(200).default(DEFAULT_PARALLEL);
