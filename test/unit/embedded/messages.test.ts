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
		expect(warningsOf({ exitCode: 0, messages }, server)).toEqual([
			'pg_dump: warning: circular keys',
		]);
	});

	it('names the real server in place of the bridge', () => {
		const line =
			'pg_dump: error: connection to server at "127.0.0.1", port 5432 failed: FATAL:  no';
		const error = failureOf({ exitCode: 1, messages: [line] }, server);
		expect(error).toBeInstanceOf(BackupError);
		expect(error.message).toBe(
			'pg_dump failed: connection to server at "db.example", port 5432 failed: FATAL:  no',
		);
	});

	it('points to the native engine when memory ran out', () => {
		const messages = ['pg_dump: error: out of memory'];
		const error = failureOf({ exitCode: 1, messages }, server);
		expect(error.hint).toContain('native engine');
	});

	it('does not offer the embedded engine to somebody who has it', () => {
		const messages = ['pg_dump: error: aborting because of server version mismatch'];
		const error = failureOf({ exitCode: 1, messages }, server);
		expect(error.hint).toContain('native engine');
		expect(error.hint).not.toContain('embedded');
	});

	it('says that it crashed', () => {
		const messages = ['RuntimeError: unreachable'];
		const error = failureOf({ exitCode: undefined, messages }, server);
		expect(error.message).toBe('pg_dump failed: RuntimeError: unreachable');
	});

	it('says the exit code when pg_dump said nothing', () => {
		const error = failureOf({ exitCode: 3, messages: [] }, server);
		expect(error.message).toBe('pg_dump ended with exit code 3, and said nothing.');
	});
});
