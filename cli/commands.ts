import type { Command } from './command';
import * as installWorkflows from './install-workflows/command';
import * as list from './list/command';
import * as restoreFile from './restore/file';
import * as restorePostgres from './restore/postgres';
import * as restoreRedis from './restore/redis';
import * as undoPostgres from './undo/command';
import * as verify from './verify/command';

/** Every command, by the words that call it. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
	['list', list],
	['verify', verify],
	['restore postgres', restorePostgres],
	['restore redis', restoreRedis],
	['restore file', restoreFile],
	['undo postgres', undoPostgres],
	['install-workflows', installWorkflows],
]);
