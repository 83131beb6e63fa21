import { BackupError } from '../../../core/errors';
import { warningsOf } from '../../../core/postgres/engines/embedded/messages';
import type { PostgresServer } from '../../../core/postgres/connection';

const server: PostgresServer = {
	...{ host: 'db.example', port: 5432, user: 'u', password: 'p', database: 'd' },
	tls: { mode: 'disable' },
};

function failureOf(...args: Parameters<typeof warningsOf>): BackupError {
	try {
		warningsOf(...args);
	} catch (error) {
		return error as BackupError;
	}
	throw new Error('did not fail');
}

describe('warningsOf', () => {
	it('keeps warnings, without the line about a file that the wasm never has', () => {
		const messages = [
			'could not find a "pg_dump" to execute',
			'pg_dump: warning: circular keys',
			'',
		];
		expect(warningsOf({ exitCode: 0, messages }, server, undefined)).toEqual([
			'pg_dump: warning: circular keys',
		]);
	});

	it('names the real server in place of the bridge', () => {
		const line =
			'pg_dump: error: connection to server at "127.0.0.1", port 5432 failed: FATAL:  no';
		const error = failureOf({ exitCode: 1, messages: [line] }, server, undefined);
		expect(error).toBeInstanceOf(BackupError);
		expect(error.message).toBe(
			'pg_dump: error: connection to server at "db.example", port 5432 failed: FATAL:  no',
		);
	});

	it('keeps why the connection broke as the cause', () => {
		const cause = new Error('read ECONNRESET');
		const error = failureOf({ exitCode: 1, messages: ['pg_dump: error: lost'] }, server, cause);
		expect(error.cause).toBe(cause);
	});

	it('points to the native engine when memory ran out', () => {
		const messages = ['pg_dump: error: out of memory'];
		const error = failureOf({ exitCode: 1, messages }, server, undefined);
		expect(error.hint).toContain('native engine');
	});

	it('says the exit code when pg_dump said nothing', () => {
		const error = failureOf({ exitCode: 3, messages: [] }, server, undefined);
		expect(error.message).toBe('pg_dump ended with exit code 3.');
	});
});
