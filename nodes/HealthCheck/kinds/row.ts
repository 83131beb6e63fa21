import { z } from 'zod';
import { ConfigurationError } from '../../../core/errors';

export const host = z.string().trim().min(1);
export const port = z.coerce.number().int().min(1).max(65535);

/** The fields of a row by `schema`. Throws `ConfigurationError` that names those to fill in or correct. */
export function parseRow<Row>(schema: z.ZodType<Row>, row: unknown): Row {
	const result = schema.safeParse(row);
	if (result.success) return result.data;
	const fields = [...new Set(result.error.issues.map(({ path }) => path.join('.')))].join(', ');
	throw new ConfigurationError(`A check is incomplete: ${fields}. Nothing was checked.`, {
		hint: 'Fill in or correct these fields of the check.',
	});
}
