import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { DisasterRecoveryError, IntegrityError } from '../../../core/errors';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { findDamagedRecords } from '../../../core/repository/check-records';
import type { Encryption } from '../../../core/repository/encryption';
import type { Compression } from '../../../core/repository/manifest';
import { readManifest } from '../../../core/repository/catalogue';
import { createBackupId } from '../../../core/repository/naming';
import { recordVerification } from '../../../core/repository/verification';
import { verifyStored } from '../../../core/repository/verify-stored';
import { writeBackup } from '../../../core/repository/write-backup';
import { damageTo } from '../../support/repository/damage-arbitrary';
import { newKeyPair, requestFor } from '../../support/repository/sample-backup';
import { writeArchive } from '../archive/archive-writer';
import { MemoryStore } from './memory-store';

const SEED = 20261122;
const COMPRESSIONS: Compression[] = [
	{ algorithm: 'zstd', level: 3 },
	{ algorithm: 'gzip', level: 6 },
	{ algorithm: 'none' },
];
const COMBINATIONS = COMPRESSIONS.flatMap((compression) => [
	{ compression, encryption: 'none' as const },
	{ compression, encryption: 'recipients' as const },
	// It takes a second to stretch, and differs from a key pair in the header alone.
	...(compression.algorithm === 'zstd' ? [{ compression, encryption: 'passphrase' as const }] : []),
]);
const ARCHIVE = writeArchive({
	minor: 16,
	entries: [
		{ id: 3, kind: 'TABLE', tag: 'venue', definition: 'CREATE TABLE venue (id int);' },
		{ id: 4, kind: 'TABLE DATA', tag: 'venue', rows: ['1', '2', '3'] },
		{ id: 5, kind: 'BLOBS', largeObjects: [{ oid: 7, parts: [Buffer.from('content')] }] },
	],
});

async function encryptionOf(kind: 'none' | 'recipients' | 'passphrase'): Promise<Encryption> {
	if (kind === 'none') return { kind };
	return kind === 'passphrase' ? { kind, passphrase: 'of six words' } : await newKeyPair();
}

/** A repository with one backup in it; `file` names what lies in the folder of that. */
async function backUp(
	payload: Buffer,
	how: { compression?: Compression; encryption?: Encryption } = {},
) {
	const store = new MemoryStore('the store');
	const repository = { stores: [store], encryption: how.encryption ?? { kind: 'none' as const } };
	const backup = await add(repository, payload, how.compression);
	return { store, repository, backup };
}

async function add(
	repository: Parameters<typeof writeBackup>[0],
	payload: Buffer,
	compression: Compression = { algorithm: 'none' },
	at = new Date('2026-11-22T17:00:00Z'),
) {
	const request = requestFor(payload, { compression, consistencyPoint: at });
	await writeBackup(repository, request);
	const { component, name, id } = request;
	return { component, name, id };
}

const keyOf = (store: MemoryStore, pattern: RegExp) => {
	const key = [...store.objects.keys()].find((one) => pattern.test(one));
	if (key === undefined) throw new Error(`Nothing matches ${pattern}.`);
	return key;
};
const PAYLOAD = /-[0-9a-f]{12}\.dump/;
const MANIFEST = /manifest\.json$/;
const contentOf = (store: MemoryStore, key: string) => store.objects.get(key) ?? Buffer.alloc(0);

describe.each(COMBINATIONS)('$compression.algorithm, encryption $encryption', (combination) => {
	const { compression } = combination;

	it('level stored finds every damage to the payload', async () => {
		const encryption = await encryptionOf(combination.encryption);
		const noise = Buffer.concat([randomBytes(6_000), Buffer.alloc(6_000, 'all work ')]);
		const { store, repository, backup } = await backUp(noise, { compression, encryption });
		const key = keyOf(store, PAYLOAD);
		await fc.assert(
			fc.asyncProperty(damageTo(contentOf(store, key)), async (damaged) => {
				store.objects.set(key, damaged);
				expect(await verifyStored(repository, backup)).toMatchObject([{ state: 'damaged' }]);
			}),
			{ numRuns: 500, seed: SEED },
		);
	});

	it('level readable finds every truncation', async () => {
		const encryption = await encryptionOf(combination.encryption);
		const { store, repository, backup } = await backUp(ARCHIVE, { compression, encryption });
		expect(await verifyDump({ repository, backup, level: 'readable' })).toMatchObject({
			passed: true,
		});
		const key = keyOf(store, PAYLOAD);
		const whole = contentOf(store, key);
		const step = encryption.kind === 'passphrase' ? Math.ceil(whole.length / 4) : 1;
		for (let length = 0; length < whole.length; length += step) {
			store.objects.set(key, whole.subarray(0, length));
			const { passed, problems } = await verifyDump({ repository, backup, level: 'readable' });
			expect(passed).toBe(false);
			expect(problems).toHaveLength(1);
		}
	});
});

it('level readable finds an archive that was cut before it was stored', async () => {
	for (let length = 0; length < ARCHIVE.length; length++) {
		const { repository, backup } = await backUp(ARCHIVE.subarray(0, length));
		expect(await verifyStored(repository, backup)).toMatchObject([{ state: 'whole' }]);
		const { passed } = await verifyDump({ repository, backup, level: 'readable' });
		expect(passed).toBe(false);
	}
});

describe('the manifest', () => {
	it('shows a flip of any bit, and a cut at any length', async () => {
		const { store, repository, backup } = await backUp(ARCHIVE);
		const key = keyOf(store, MANIFEST);
		const whole = Buffer.from(contentOf(store, key));
		const detected = async (damaged: Buffer) => {
			store.objects.set(key, damaged);
			expect(await verifyStored(repository, backup)).toMatchObject([{ state: 'damaged' }]);
		};
		for (let at = 0; at < whole.length; at++) {
			await detected(whole.subarray(0, at));
			for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
				const damaged = Buffer.from(whole);
				damaged[at] = (damaged[at] ?? 0) ^ bit;
				await detected(damaged);
			}
		}
	});

	it('shows every other damage, and no restore or verification goes by it', async () => {
		const { store, repository, backup } = await backUp(ARCHIVE);
		const key = keyOf(store, MANIFEST);
		await fc.assert(
			fc.asyncProperty(damageTo(contentOf(store, key)), async (damaged) => {
				store.objects.set(key, damaged);
				expect(await verifyStored(repository, backup)).toMatchObject([{ state: 'damaged' }]);
				await expect(readManifest(repository, backup)).rejects.toBeInstanceOf(IntegrityError);
			}),
			{ numRuns: 2_000, seed: SEED },
		);
		for (const level of ['stored', 'readable'] as const) {
			const verified = verifyDump({ repository, backup, level });
			await expect(verified).rejects.toBeInstanceOf(DisasterRecoveryError);
		}
	});

	it('is no record, and a record no manifest', async () => {
		const { store, repository, backup } = await backUp(ARCHIVE);
		await verifyDump({ repository, backup, level: 'stored' });
		const [manifest, record] = [keyOf(store, MANIFEST), keyOf(store, /verified-/)];
		const [first, second] = [contentOf(store, manifest), contentOf(store, record)];
		store.objects.set(manifest, second).set(record, first);
		expect(await verifyStored(repository, backup)).toMatchObject([{ state: 'damaged' }]);
		expect(await findDamagedRecords(repository, backup)).toHaveLength(1);
	});
});

describe('two backups whose files were mixed up', () => {
	async function two() {
		const { store, repository, backup: first } = await backUp(ARCHIVE);
		const at = new Date('2026-11-22T18:00:00Z');
		const other = Buffer.from(ARCHIVE.toString('latin1').replace('venue', 'other'), 'latin1');
		const second = await add(repository, other, undefined, at);
		for (const backup of [first, second]) {
			await verifyDump({ repository, backup, level: 'stored' });
		}
		const folder = ({ component, name, id }: typeof first) => `${component}/${name}/${id}/`;
		const swap = (pattern: RegExp) => {
			const [one, two] = [...store.objects.keys()].filter((key) => pattern.test(key));
			const [a, b] = [contentOf(store, one ?? ''), contentOf(store, two ?? '')];
			store.objects.set(one ?? '', b).set(two ?? '', a);
		};
		const states = async () => [
			...(await verifyStored(repository, first)),
			...(await verifyStored(repository, second)),
		];
		return { store, repository, first, second, folder, swap, states };
	}
	const BOTH_DAMAGED = [{ state: 'damaged' }, { state: 'damaged' }];

	it.each([
		['payloads', PAYLOAD],
		['manifests', MANIFEST],
	])('are both damaged when their %s are swapped', async (_what, pattern) => {
		const { swap, states } = await two();
		swap(pattern);
		expect(await states()).toMatchObject(BOTH_DAMAGED);
	});

	it('have damaged records when those are swapped', async () => {
		const { repository, first, second, swap } = await two();
		swap(/verified-/);
		for (const backup of [first, second]) {
			expect(await findDamagedRecords(repository, backup)).toHaveLength(1);
		}
	});

	it('are damaged when a folder got another name, with or without its files', async () => {
		for (const renameFiles of [false, true]) {
			const { store, repository, first, folder } = await two();
			const id = createBackupId(first.name, new Date('2026-11-22T19:00:00Z'));
			const renamed = { ...first, id };
			for (const [key, body] of [...store.objects]) {
				if (!key.startsWith(folder(first))) continue;
				const file = key.slice(folder(first).length);
				store.objects.delete(key);
				const name = renameFiles ? file.replace(first.id, id) : file;
				store.objects.set(folder(renamed) + name, body);
			}
			expect(await verifyStored(repository, renamed)).toMatchObject([{ state: 'damaged' }]);
			expect(await findDamagedRecords(repository, renamed)).toHaveLength(1);
		}
	});
});

describe('verification records', () => {
	it('show every damage, which is told as a warning and leaves the backup what it is', async () => {
		const { store, repository, backup } = await backUp(ARCHIVE);
		const at = new Date('2026-11-22T18:00:00Z');
		const details = { tables: 1, rows: 3 };
		await recordVerification(repository, backup, { level: 'readable', at, durationMs: 5, details });
		const key = keyOf(store, /verified-readable/);
		const whole = Buffer.from(contentOf(store, key));
		expect(await findDamagedRecords(repository, backup)).toEqual([]);
		const damaged = fc.oneof(damageTo(whole), fc.constant(Buffer.alloc(0)));
		await fc.assert(
			fc.asyncProperty(damaged, async (body) => {
				store.objects.set(key, body);
				expect(await findDamagedRecords(repository, backup)).toHaveLength(1);
			}),
			{ numRuns: 1_000, seed: SEED },
		);
		expect(await verifyDump({ repository, backup, level: 'stored' })).toMatchObject({
			passed: true,
			warnings: [expect.stringContaining('verified-readable-20261122180000.json in the store')],
		});
	});

	it('that cannot be read are told too', async () => {
		const { repository, backup, store } = await backUp(ARCHIVE);
		await verifyDump({ repository, backup, level: 'stored' });
		const silent = Object.assign(Object.create(store), {
			read: async (key: string) => {
				if (key.includes('verified-')) throw new Error('no answer');
				return await store.read(key);
			},
		});
		const found = await findDamagedRecords({ ...repository, stores: [silent] }, backup);
		expect(found).toEqual([expect.stringContaining('could not be read: no answer')]);
	});
});
