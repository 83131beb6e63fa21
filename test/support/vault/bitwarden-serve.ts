import { randomUUID } from 'node:crypto';

import { serveVault, type VaultAnswer, type VaultServer } from './vault-server';

/** What one item holds. */
export interface BitwardenItem {
	readonly notes?: string;
	/** By name. */
	readonly fields?: Readonly<Record<string, string>>;
	/** By file name. */
	readonly attachments?: Readonly<Record<string, string>>;
}

/** The API of `bw serve`, unlocked, with one item. It has no login: who reaches it may read. */
export interface BitwardenServe extends VaultServer {
	readonly itemId: string;
	/** Changes the item on Bitwarden's server: here it is seen after the next sync. */
	hold(item: BitwardenItem): void;
	lock(): void;
	unlock(): void;
}

const success = (data: object): VaultAnswer => ({ status: 200, json: { success: true, data } });
const failure = (message: string): VaultAnswer => ({
	...{ status: 400, json: { success: false, message } },
});

/** Starts it on a free port, with an empty item. */
export async function startBitwardenServe(): Promise<BitwardenServe> {
	const itemId = randomUUID();
	let onServer: BitwardenItem = {};
	let here: BitwardenItem = {};
	let isLocked = false;

	const server = await serveVault(
		({ method, headers }, { pathname, search, searchParams }) => {
			// A browser sends it, and is kept out.
			if (headers.origin !== undefined) return undefined;
			if (method === 'POST' && pathname === '/sync' && search === '') {
				here = onServer;
				return success({ object: 'message', title: 'Syncing complete.', message: null });
			}
			const [kind, wanted] =
				/^\/object\/(item|attachment)\/([^/]+)$/.exec(pathname)?.slice(1) ?? [];
			if (method !== 'GET' || kind === undefined || wanted === undefined) return undefined;
			if (isLocked) return failure('Vault is locked.');
			const id = decodeURIComponent(wanted).toLowerCase();
			if (kind === 'item') {
				if (search !== '') return undefined;
				return id === itemId ? success(asItem(itemId, here)) : failure('Not found.');
			}
			if (searchParams.get('itemid') !== itemId || searchParams.size !== 1) {
				return failure('Not found.');
			}
			const attachments = Object.entries(here.attachments ?? {});
			if (attachments.length === 0) return failure('No attachments available for this item.');
			// As the real one does: a part of the name is enough, the whole name comes first.
			const found =
				attachments.find(([name]) => name.toLowerCase() === id) ??
				attachments.find(([name]) => name.toLowerCase().includes(id));
			if (!found) return failure(`Attachment \`${id}\` was not found.`);
			return { status: 200, file: { name: found[0], content: Buffer.from(found[1]) } };
		},
		{ status: 404, json: {} },
	);

	return {
		...{ ...server, itemId },
		hold: (item) => (onServer = item),
		lock: () => (isLocked = true),
		unlock: () => (isLocked = false),
	};
}

function asItem(id: string, { notes, fields = {}, attachments = {} }: BitwardenItem): object {
	return {
		...{ object: 'item', id, organizationId: null, folderId: null, type: 2, reprompt: 0 },
		...{ name: 'managed.env', notes: notes ?? null, favorite: false, secureNote: { type: 0 } },
		fields: Object.entries(fields).map(([name, value]) => ({ name, value, type: 1 })),
		attachments: Object.entries(attachments).map(([fileName, text]) => ({
			...{ id: fileName, fileName, size: String(text.length) },
		})),
		collectionIds: [],
	};
}
