import { randomBytes } from 'node:crypto';

import { serveVault, type VaultAnswer, type VaultServer } from './vault-server';

/** What one item holds. */
export interface ConnectItem {
	/** By label; the notes are those of `notesPlain`. */
	readonly fields?: Readonly<Record<string, string>>;
	/** By name. */
	readonly files?: Readonly<Record<string, string>>;
}

/** 1Password Connect with one vault that one token may read, and one item in it. */
export interface OnePasswordConnect extends VaultServer {
	readonly token: string;
	readonly vaultId: string;
	readonly itemId: string;
	hold(item: ConnectItem): void;
}

const newId = () => randomBytes(13).toString('hex');
const problem = (status: number, message: string): VaultAnswer => ({
	...{ status, json: { status, message } },
});

/** Starts it on a free port, with a random token and an empty item. Version 1 of its API. */
export async function startOnePasswordConnect(): Promise<OnePasswordConnect> {
	const token = randomBytes(24).toString('base64url');
	const [vaultId, itemId] = [newId(), newId()];
	let version = 0;
	let fields: object[] = [];
	let files: { id: string; name: string; size: number; content: Buffer }[] = [];
	const itemPath = `/v1/vaults/${vaultId}/items/${itemId}`;
	const listed = () =>
		files.map(({ id, name, size }) => ({
			...{ id, name, size },
			content_path: `${itemPath.slice(1)}/files/${id}/content`,
		}));

	const server = await serveVault(
		({ method, headers }, { pathname, search }) => {
			if (method !== 'GET' || search !== '') return undefined;
			if (headers.authorization !== `Bearer ${token}`) return undefined;
			if (pathname === `${itemPath}/files`) return { status: 200, json: listed() };
			const file = files.find(({ id }) => pathname === `${itemPath}/files/${id}/content`);
			if (file) return { status: 200, file };
			if (pathname !== itemPath) {
				return /^\/v1\/vaults\/[\da-z]{26}\/items\/[\da-z]{26}(\/files)?$/.test(pathname)
					? problem(404, `vault ${vaultId} has no such item`)
					: undefined;
			}
			const item = {
				...{ id: itemId, title: 'managed.env', vault: { id: vaultId }, category: 'SECURE_NOTE' },
				...{ version, fields, ...(files.length > 0 && { files: listed() }) },
			};
			return { status: 200, json: item };
		},
		problem(401, 'Invalid token signature'),
	);

	const hold: OnePasswordConnect['hold'] = (item) => {
		version += 1;
		fields = Object.entries(item.fields ?? {}).map(([label, value]) =>
			label === 'notesPlain'
				? { id: label, type: 'STRING', purpose: 'NOTES', label, value }
				: { id: newId(), type: 'CONCEALED', label, value },
		);
		files = Object.entries(item.files ?? {}).map(([name, text]) => {
			const content = Buffer.from(text);
			return { id: newId(), name, size: content.length, content };
		});
	};
	return { ...server, token, vaultId, itemId, hold };
}
