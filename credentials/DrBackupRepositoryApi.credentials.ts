import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { S3_DEFAULTS } from '../core/repository/stores/s3/settings';

const inDirectory = { show: { storage: ['directory', 'directoryAndS3'] } };
const S3 = ['s3', 'directoryAndS3'];
const inS3 = { show: { storage: S3 } };

/** Where backups live, and how they are encrypted. Tested by every node that uses it. */
export class DrBackupRepositoryApi implements ICredentialType {
	name = 'drBackupRepositoryApi';

	displayName = 'DR Backup Repository API';

	icon = {
		light: 'file:icons/backupRepository.svg',
		dark: 'file:icons/backupRepository.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/mr-dj/n8n-nodes-disaster-recovery/blob/main/docs/credentials.md#backup-repository';

	restrictToSupportedNodes = true as const;

	properties: INodeProperties[] = [
		{
			displayName: 'Keep Backups In',
			name: 'storage',
			type: 'options',
			default: 's3',
			options: [
				{
					name: 'A Directory',
					value: 'directory',
					description: 'On the machine that runs n8n. Lost when that machine is lost.',
				},
				{
					name: 'A Directory and S3',
					value: 'directoryAndS3',
					description: 'A near copy for a fast restore, and one off site',
				},
				{
					name: 'S3',
					value: 's3',
					description: 'Any S3-compatible object store',
				},
			],
		},
		{
			displayName: 'Directory',
			name: 'directory',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. /home/node/.n8n-files/backups',
			description:
				'Must lie below <code>N8N_RESTRICT_FILE_ACCESS_TO</code>, which is <code>~/.n8n-files</code> unless the operator has changed it. Mount a volume there.',
			displayOptions: inDirectory,
		},
		{
			displayName: 'S3 Endpoint',
			name: 's3Endpoint',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://s3.eu-central-3.example.com',
			description: 'Leave empty for AWS itself',
			displayOptions: inS3,
		},
		{
			displayName: 'S3 Region',
			name: 's3Region',
			type: 'string',
			default: S3_DEFAULTS.region,
			required: true,
			displayOptions: inS3,
		},
		{
			displayName: 'S3 Bucket',
			name: 's3Bucket',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. mrdj-backups',
			displayOptions: inS3,
		},
		{
			displayName: 'Folder in the Bucket',
			name: 's3Prefix',
			type: 'string',
			default: '',
			placeholder: 'e.g. production',
			description: 'Leave empty where the bucket holds nothing else',
			displayOptions: inS3,
		},
		{
			displayName: 'S3 Access Key ID',
			name: 's3AccessKeyId',
			type: 'string',
			default: '',
			required: true,
			displayOptions: inS3,
		},
		{
			displayName: 'S3 Secret Access Key',
			name: 's3SecretAccessKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			displayOptions: inS3,
		},
		{
			displayName: 'S3 Path Style',
			name: 's3ForcePathStyle',
			type: 'boolean',
			default: S3_DEFAULTS.forcePathStyle,
			description:
				'Whether the bucket is named in the path instead of the host name. Most servers but AWS want this.',
			displayOptions: inS3,
		},
		{
			displayName: 'S3 CA Certificate',
			name: 's3Ca',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. -----BEGIN CERTIFICATE-----',
			description:
				'The certificate authority in PEM format, for an S3 server with a private certificate. Leave empty otherwise.',
			displayOptions: inS3,
		},
		{
			displayName: 'S3 Object Lock',
			name: 's3ObjectLock',
			type: 'options',
			default: 'none',
			description:
				'Whether nobody can remove a backup for some time. The bucket must have been made with Object Lock.',
			options: [
				{
					name: 'Compliance',
					value: 'COMPLIANCE',
					description: 'Nobody can remove it before its time, not even the owner of the account',
				},
				{
					name: 'Governance',
					value: 'GOVERNANCE',
					description: 'Only who has a special right can remove it before its time',
				},
				{
					name: 'None',
					value: 'none',
					description: 'Unless the bucket itself locks what is written to it',
				},
			],
			displayOptions: inS3,
		},
		{
			displayName: 'S3 Lock for Days',
			name: 's3ObjectLockDays',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 36500 },
			default: 30,
			description:
				'Counted from when a backup is written. Choose fewer days than backups are kept.',
			displayOptions: { show: { storage: S3, s3ObjectLock: ['COMPLIANCE', 'GOVERNANCE'] } },
		},
		{
			displayName: 'S3 Server-Side Encryption',
			name: 's3Encryption',
			type: 'options',
			default: 'default',
			description: 'By the server, besides the encryption of the backups themselves below',
			options: [
				{
					name: 'AES256',
					value: 'AES256',
					description: 'With keys of the server',
				},
				{
					name: 'AWS KMS',
					value: 'aws:kms',
					description: 'With a key of the key management service',
				},
				{
					name: 'Bucket Default',
					value: 'default',
					description: 'Whatever the bucket does',
				},
			],
			displayOptions: inS3,
		},
		{
			displayName: 'S3 KMS Key ID',
			name: 's3KmsKeyId',
			type: 'string',
			default: '',
			placeholder: 'e.g. arn:aws:kms:eu-central-1:111122223333:key/…',
			description: 'Leave empty for the default key of the account',
			displayOptions: { show: { storage: S3, s3Encryption: ['aws:kms'] } },
		},
		{
			displayName: 'Encryption',
			name: 'encryption',
			type: 'options',
			default: 'passphrase',
			options: [
				{
					name: 'Key Pair (Age)',
					value: 'keyPair',
					description: 'Backups are locked with public keys and opened with the secret key',
				},
				{
					name: 'None',
					value: 'none',
					description: 'Whoever can read the files can read the data',
				},
				{
					name: 'Passphrase',
					value: 'passphrase',
					description: 'One passphrase locks and opens every backup',
				},
			],
		},
		{
			displayName:
				'Keep the passphrase or secret key outside n8n as well, for example in your password vault. Without it no backup can be opened, by anybody.',
			name: 'keyNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { encryption: ['keyPair', 'passphrase'] } },
		},
		{
			displayName: 'Passphrase',
			name: 'passphrase',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			displayOptions: { show: { encryption: ['passphrase'] } },
		},
		{
			displayName: 'Public Keys',
			name: 'recipients',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. age1…',
			description:
				'Age recipients, one a line. Each of their secret keys opens every backup. The node Backup Repository makes a key pair.',
			displayOptions: { show: { encryption: ['keyPair'] } },
		},
		{
			displayName: 'Secret Key',
			name: 'identities',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. AGE-SECRET-KEY-1…',
			description:
				'Or the locked key file as it is. Needed to restore and to verify; may stay empty on an n8n that only makes backups.',
			displayOptions: { show: { encryption: ['keyPair'] } },
		},
		{
			displayName: 'Passphrase of the Secret Key',
			name: 'identityPassphrase',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'Locks the key that Create Pair makes, and opens it. Leave empty for a secret key that is not locked.',
			displayOptions: { show: { encryption: ['keyPair'] } },
		},
	];
}
