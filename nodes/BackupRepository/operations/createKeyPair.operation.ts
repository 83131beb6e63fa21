import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { createKeyPair } from '../../../core/repository/key-pair';
import { BACKUP_REPOSITORY, readIdentityPassphrase } from '../../shared/credentials';
import { forOperation } from '../../shared/display';

export const option: INodePropertyOptions = {
	name: 'Create Pair',
	value: 'createKeyPair',
	action: 'Create encryption key pair',
	description: 'Make a public key that locks backups, and a secret key that opens them',
};

export const description: INodeProperties[] = forOperation('createKeyPair', [
	{
		displayName:
			'The secret key comes out locked with the <b>Passphrase of the Secret Key</b> of the credential, so that the data of this execution open nothing. Keep the key file and the passphrase outside n8n as well, then enter both keys in the credential.',
		name: 'keyPairNotice',
		type: 'notice',
		default: '',
	},
]);

export async function execute(
	this: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const credential = await this.getCredentials(BACKUP_REPOSITORY, itemIndex);
	const { publicKey, lockedKeyFile } = await createKeyPair(readIdentityPassphrase(credential));
	const fileName = `backup-key-${publicKey.slice(4, 12)}.txt.age`;
	const keyFile = await this.helpers.prepareBinaryData(
		Buffer.from(lockedKeyFile),
		fileName,
		'text/plain',
	);
	return [{ json: { publicKey, lockedKeyFile, fileName }, binary: { keyFile } }];
}
