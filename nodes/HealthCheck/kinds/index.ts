import { http } from './http.kind';
import type { NodeCheckKind } from './kind';
import { tcp } from './tcp.kind';
import { tls } from './tls.kind';

/** All kinds of checks, in the order of the list in the node. */
export const kinds = { http, tcp, tls } satisfies Record<string, NodeCheckKind>;
