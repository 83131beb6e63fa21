import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import { splitIdentifierList } from './identifier-list';

/** Settings that hold lists of names; the others are one text. As in pg_dump's own list. */
const LISTS = new Set([
	'local_preload_libraries',
	'search_path',
	'session_preload_libraries',
	'shared_preload_libraries',
	'temp_tablespaces',
	'unix_socket_directories',
]);

interface DatabaseFacts {
	oid: number;
	owner: string;
	connectionLimit: number;
	comment: string | null;
	hasPrivileges: boolean;
}

/**
 * Gives database `to` what belongs to database `from` itself and is in no dump of it: owner,
 * privileges, connection limit and settings. Resolves with warnings for settings that our account
 * may not make, and with the comment, which is for the caller to set. Rejects with the server's
 * error where owner or privileges cannot be given.
 */
export async function copyDatabaseSettings(
	maintenance: Client,
	from: string,
	to: string,
): Promise<{ comment: string | null; warnings: string[] }> {
	const facts = await readFacts(maintenance, from);
	const target = `DATABASE ${escapeIdentifier(to)}`;
	await maintenance.query(`ALTER ${target} OWNER TO ${escapeIdentifier(facts.owner)}`);
	await maintenance.query(`ALTER ${target} CONNECTION LIMIT ${facts.connectionLimit}`);
	if (facts.hasPrivileges) await copyPrivileges(maintenance, facts, target);
	const warnings: string[] = [];
	for (const { setting, statement } of await settingStatements(maintenance, facts.oid, to)) {
		try {
			await maintenance.query(statement);
		} catch (error) {
			if (!(error instanceof DatabaseError)) throw error;
			const finalStatement = statement.replace(target, `DATABASE ${escapeIdentifier(from)}`);
			warnings.push(
				`The setting ${setting} of the database could not be carried over: ${error.message}. Run as a superuser: ${finalStatement}`,
			);
		}
	}
	return { comment: facts.comment, warnings };
}

async function readFacts(maintenance: Client, database: string): Promise<DatabaseFacts> {
	const { rows } = await maintenance.query<DatabaseFacts>(
		`SELECT oid, pg_catalog.pg_get_userbyid(datdba) AS owner, datconnlimit AS "connectionLimit",
			pg_catalog.shobj_description(oid, 'pg_database') AS comment,
			datacl IS NOT NULL AS "hasPrivileges"
		FROM pg_catalog.pg_database WHERE datname = $1`,
		[database],
	);
	if (!rows[0]) throw new Error(`Database ${database} has gone`);
	return rows[0];
}

/** Takes away what every new database grants, then grants what `facts.oid` does. */
async function copyPrivileges(
	maintenance: Client,
	facts: DatabaseFacts,
	target: string,
): Promise<void> {
	const { rows } = await maintenance.query<{
		privilege: string;
		grantee: string | null;
		grantable: boolean;
	}>(
		`SELECT a.privilege_type AS privilege, r.rolname AS grantee, a.is_grantable AS grantable
		FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a
			LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
		WHERE d.oid = $1 AND (a.grantee = 0 OR r.oid IS NOT NULL)`,
		[facts.oid],
	);
	const owner = escapeIdentifier(facts.owner);
	await maintenance.query(`REVOKE ALL ON ${target} FROM PUBLIC, ${owner}`);
	for (const { privilege, grantee, grantable } of rows) {
		const role = grantee === null ? 'PUBLIC' : escapeIdentifier(grantee);
		const option = grantable && grantee !== null ? ' WITH GRANT OPTION' : '';
		await maintenance.query(`GRANT ${privilege} ON ${target} TO ${role}${option}`);
	}
}

async function settingStatements(
	maintenance: Client,
	databaseOid: number,
	to: string,
): Promise<{ setting: string; statement: string }[]> {
	const { rows } = await maintenance.query<{ role: string | null; setting: string }>(
		`SELECT r.rolname AS role, unnest(s.setconfig) AS setting
		FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
		WHERE s.setdatabase = $1 AND (s.setrole = 0 OR r.oid IS NOT NULL)`,
		[databaseOid],
	);
	const database = `DATABASE ${escapeIdentifier(to)}`;
	return rows.map(({ role, setting: text }) => {
		const at = text.indexOf('=');
		const setting = text.slice(0, at);
		const subject = role === null ? database : `ROLE ${escapeIdentifier(role)} IN ${database}`;
		// A setting of an extension has a dot in its name.
		const name = setting.split('.').map(escapeIdentifier).join('.');
		return {
			setting,
			statement: `ALTER ${subject} SET ${name} TO ${value(setting, text.slice(at + 1))}`,
		};
	});
}

function value(setting: string, text: string): string {
	if (!LISTS.has(setting)) return escapeLiteral(text);
	const names = splitIdentifierList(text);
	return names.length === 0 ? "''" : names.map(escapeLiteral).join(', ');
}
