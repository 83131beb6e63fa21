import { DatabaseError } from 'pg';
import { RestoreStatementError } from '../restore/statement-error';

/**
 * Classes of SQLSTATE, chapter "Error Codes", in which a server speaks of itself: not supported,
 * resources, limits, intervention, system and internal errors.
 */
const ABOUT_SERVER = ['0A', '53', '54', '57', '58', 'XX'];
const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_OBJECT = '42704';
/** No dump brings these: they belong to the whole server. */
const OF_SERVER = /^(role|collation|tablespace) /;

/** Whether a refusal says something about the scratch server, and nothing about the backup. */
export function isAboutScratch(error: unknown): boolean {
	const refusal = error instanceof RestoreStatementError ? error.cause : error;
	if (!(refusal instanceof DatabaseError) || refusal.code === undefined) return false;
	const { code, message } = refusal;
	return (
		ABOUT_SERVER.includes(code.slice(0, 2)) ||
		code === INSUFFICIENT_PRIVILEGE ||
		(code === UNDEFINED_OBJECT && OF_SERVER.test(message))
	);
}

/** Whether the server refused a part of the archive, or of the comparison, for what it holds. */
export function isAboutContent(error: unknown): error is Error {
	const isRefusal = error instanceof RestoreStatementError || error instanceof DatabaseError;
	return isRefusal && !isAboutScratch(error);
}
