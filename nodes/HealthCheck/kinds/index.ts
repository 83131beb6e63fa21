import { backupAge } from './backup-age.kind';
import { http } from './http.kind';
import type { NodeCheckKind } from './kind';
import { n8n } from './n8n.kind';
import { postgres } from './postgres.kind';
import { redis } from './redis.kind';
import { rentGuyQueue } from './rentguy-queue.kind';
import { tcp } from './tcp.kind';
import { tls } from './tls.kind';

/** All kinds of checks, in the order of the list in the node. */
export const kinds = {
	...{ backupAge, http, n8n, postgres, redis },
	...{ rentGuyQueue, tcp, tls },
} satisfies Record<string, NodeCheckKind>;
