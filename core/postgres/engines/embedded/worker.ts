/** Entry of the worker thread: one pg_dump, one report, and the thread ends. */
import { parentPort, workerData } from 'node:worker_threads';

import { runPgDump, type ProgramInput } from './pg-dump-program';

void runPgDump(workerData as ProgramInput).then((report) => parentPort?.postMessage(report));
