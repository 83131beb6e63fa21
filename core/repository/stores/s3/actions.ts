/** What was being done, in words for people and with the right that it needs. */
export interface S3Action {
	readonly verb: string;
	readonly permission: string;
}

export const ACTIONS = {
	list: { verb: 'list', permission: 's3:ListBucket' },
	look: { verb: 'look for', permission: 's3:GetObject' },
	lookAtLock: { verb: 'look at Object Lock in', permission: 's3:GetBucketObjectLockConfiguration' },
	read: { verb: 'read', permission: 's3:GetObject' },
	write: { verb: 'write', permission: 's3:PutObject' },
	lookAtVersioning: { verb: 'look for versions in', permission: 's3:GetBucketVersioning' },
	listVersions: { verb: 'list versions of', permission: 's3:ListBucketVersions' },
	listParts: {
		verb: 'look at the unfinished upload of',
		permission: 's3:ListMultipartUploadParts',
	},
	delete: { verb: 'delete', permission: 's3:DeleteObject' },
	abort: { verb: 'clear the unfinished upload of', permission: 's3:AbortMultipartUpload' },
	findUploads: {
		verb: 'find unfinished uploads of',
		permission: 's3:ListBucketMultipartUploads',
	},
} as const satisfies Record<string, S3Action>;
