import { createEngine, type WorkflowFile } from '../support/engine-harness';

const PASSPHRASE = 'correct horse battery staple';
const NODE = 'Create key pair';

const workflow: WorkflowFile = {
	id: 'createKeyPair',
	name: 'Create key pair',
	nodes: [
		{
			...{ id: 'start', name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			...{ parameters: {}, position: [0, 0], typeVersion: 1 },
		},
		{
			...{ id: 'create', name: NODE, position: [0, 0], typeVersion: 1 },
			type: 'n8n-nodes-disaster-recovery.backupRepository',
			parameters: { resource: 'encryptionKey', operation: 'createKeyPair' },
			credentials: { drBackupRepositoryApi: { id: '1', name: 'Repository' } },
		},
	],
	connections: { Start: { main: [[{ node: NODE, type: 'main', index: 0 }]] } },
	settings: {},
};

async function run(encryption: object) {
	const engine = await createEngine({
		credentials: {
			Repository: { storage: 'directory', directory: '/not-there-yet', ...encryption },
		},
	});
	const { status, error, output } = await engine.run(workflow);
	return { status, error, item: output(NODE)[0]?.[0] };
}

describe('Create Pair of the node Backup Repository', () => {
	it('gives a public key and a locked file, before the credential has any key', async () => {
		const { status, item } = await run({
			...{ encryption: 'keyPair', recipients: '', identityPassphrase: PASSPHRASE },
		});
		expect(status).toBe('success');
		expect(item?.json).toMatchObject({
			publicKey: expect.stringMatching(/^age1/),
			lockedKeyFile: expect.stringContaining('BEGIN AGE ENCRYPTED FILE'),
		});
		const { data = '', fileName } = item?.binary?.keyFile ?? {};
		expect(fileName).toMatch(/^backup-key-[0-9a-z]{8}\.txt\.age$/);
		expect(Buffer.from(data, 'base64').toString()).toBe(item?.json.lockedKeyFile);
		expect(JSON.stringify(item)).not.toContain('AGE-SECRET-KEY');
		expect(JSON.stringify(item)).not.toContain(PASSPHRASE);
	});

	it.each([
		{ encryption: 'keyPair', recipients: '', identityPassphrase: '' },
		{ encryption: 'passphrase', passphrase: PASSPHRASE, identityPassphrase: PASSPHRASE },
	])('says where the passphrase has to be entered: %j', async (encryption) => {
		const { status, error } = await run(encryption);
		expect(status).toBe('error');
		expect(error?.message).toContain('no passphrase to lock the secret key');
		expect(JSON.stringify(error)).toContain('password vault');
	});
});
