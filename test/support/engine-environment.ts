/**
 * What n8n-core reads while it is being imported; so this module is imported before it.
 * Each Jest worker has a folder of its own, because n8n-core writes its settings into it.
 */
import 'reflect-metadata';

import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(__dirname, '..', 'output', `n8n-engine-${process.env.JEST_WORKER_ID ?? '0'}`);
mkdirSync(folder, { recursive: true });
process.env.N8N_USER_FOLDER = folder;
process.env.N8N_ENCRYPTION_KEY = 'only-for-tests-nothing-is-kept';
process.env.N8N_LOG_LEVEL = 'silent'; // A test reads the error of a run from its result.
// The operator's fence around files: tests keep theirs in folders for temporary ones.
process.env.N8N_RESTRICT_FILE_ACCESS_TO = tmpdir();
