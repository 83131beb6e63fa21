/** Removes what a build makes, so that nothing of an earlier one is packed or tested. */
import { rmSync } from 'node:fs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
