import { ConfigurationError } from '../../../core/errors';
import {
	readPostgresServer,
	readRedisServer,
	readRentGuyServer,
	readRepositorySettings,
} from '../../../nodes/shared/credentials';

const server = {
	host: ' db.example.com ',
	port: 5432,
	database: 'mrdj_db',
	user: 'mrdj_user',
	password: ' p"\\\'% ',
	tls: 'verify-full',
	ca: '',
};

const s3 = {
	storage: 's3',
	s3Endpoint: '',
	s3Region: 'eu-central-1',
	s3Bucket: 'backups',
	s3Prefix: 'production',
	s3AccessKeyId: 'id',
	s3SecretAccessKey: 'secret',
	s3ForcePathStyle: false,
	encryption: 'none',
};

describe('the Postgres server credential', () => {
	it('keeps the password to the letter and leaves an empty CA out', () => {
		expect(readPostgresServer(server)).toEqual({
			host: 'db.example.com',
			port: 5432,
			database: 'mrdj_db',
			user: 'mrdj_user',
			password: ' p"\\\'% ',
			tls: { mode: 'verify-full' },
		});
	});

	it('ignores a CA that is hidden because TLS is not verified', () => {
		expect(readPostgresServer({ ...server, tls: 'disable', ca: 'PEM' }).tls).toEqual({
			mode: 'disable',
		});
	});

	it('names the fields that are missing, without showing any value', () => {
		const read = () => readPostgresServer({ ...server, host: '', user: '' });
		expect(read).toThrow(ConfigurationError);
		expect(read).toThrow('The Postgres server credential is incomplete: host, user.');
	});
});

describe('the Redis server credential', () => {
	const redis = { host: ' redis ', port: '6379', user: '', password: ' p ', tls: 'verify-full' };

	it('keeps the password to the letter and leaves out what is empty', () => {
		expect(readRedisServer({ ...redis, ca: '', serverName: '', renamedCommands: ' ' })).toEqual({
			...{ host: 'redis', port: 6379, username: '', password: ' p ', database: 0 },
			tls: { mode: 'verify-full' },
		});
	});

	it('reads the database, which older credentials do not have', () => {
		expect(readRedisServer(redis).database).toBe(0);
		expect(readRedisServer({ ...redis, database: '3' }).database).toBe(3);
		expect(() => readRedisServer({ ...redis, database: -1 })).toThrow('incomplete: database.');
	});

	it('verifies by the authority and the name that are given, unless TLS is not verified', () => {
		const fields = { ...redis, ca: 'PEM', serverName: 'redis.example.com' };
		expect(readRedisServer(fields).tls).toEqual({
			...{ mode: 'verify-full', ca: 'PEM', serverName: 'redis.example.com' },
		});
		expect(readRedisServer({ ...fields, tls: 'require' }).tls).toEqual({ mode: 'require' });
	});

	it.each(['sync = SYNC-7f3a\n\nCONFIG=hidden=1', '{"sync": "SYNC-7f3a", "config": "hidden=1"}'])(
		'reads renamed commands: %j',
		(renamedCommands) => {
			expect(readRedisServer({ ...redis, renamedCommands }).renamedCommands).toEqual({
				...{ SYNC: 'SYNC-7f3a', CONFIG: 'hidden=1' },
			});
		},
	);

	it.each(['SYNC hidden-name', '{"SYNC": 7}', '{"SYNC": "hidden-name"', 'SYNC='])(
		'refuses renamed commands that it cannot read, without repeating them: %j',
		(renamedCommands) => {
			const read = () => readRedisServer({ ...redis, renamedCommands });
			expect(read).toThrow(ConfigurationError);
			expect(read).not.toThrow(/hidden-name/);
		},
	);

	it('names the fields that are missing, without showing any value', () => {
		const read = () => readRedisServer({ ...redis, host: '', port: 0 });
		expect(read).toThrow('The Redis server credential is incomplete: host, port.');
	});
});

describe('the RentGuy dashboard credential', () => {
	const dashboard = {
		...{ baseUrl: ' https://mr-dj.example/api/ ', user: 'admin', password: ' p ' },
		...{ tls: 'verify-full', ca: '' },
	};

	it('takes the slash from the address and keeps the password to the letter', () => {
		expect(readRentGuyServer(dashboard)).toEqual({
			...{ baseUrl: 'https://mr-dj.example/api', user: 'admin', password: ' p ' },
			tls: { mode: 'verify-full' },
		});
	});

	it.each([
		['http://backend:3000', 'http://backend:3000'],
		['http://backend:3000//', 'http://backend:3000'],
		['HTTPS://Mr-DJ.example:443/api', 'https://mr-dj.example/api'],
	])('reads %s', (baseUrl, expected) => {
		expect(readRentGuyServer({ ...dashboard, baseUrl }).baseUrl).toBe(expected);
	});

	it.each([
		...['mr-dj.example/api', 'ftp://mr-dj.example', 'https://admin:hidden@mr-dj.example'],
		...['https://mr-dj.example/api?token=hidden', 'https://mr-dj.example/#hidden', 'hidden'],
	])('refuses an address that holds less or more than it should: %s', (baseUrl) => {
		const read = () => readRentGuyServer({ ...dashboard, baseUrl });
		expect(read).toThrow(ConfigurationError);
		expect(read).not.toThrow(/hidden/);
	});

	it('ignores a CA that is hidden because the server is not verified', () => {
		const { tls } = readRentGuyServer({ ...dashboard, tls: 'require', ca: 'PEM' });
		expect(tls).toEqual({ mode: 'require' });
	});
});

describe('the backup repository credential', () => {
	it('leaves the endpoint out for AWS and the directory out for S3 alone', () => {
		expect(readRepositorySettings(s3)).toEqual({
			s3: {
				region: 'eu-central-1',
				bucket: 'backups',
				prefix: 'production',
				accessKeyId: 'id',
				secretAccessKey: 'secret',
				forcePathStyle: false,
			},
			encryption: { kind: 'none' },
		});
	});

	it('opens both stores when both are chosen', () => {
		const settings = readRepositorySettings({
			...s3,
			storage: 'directoryAndS3',
			directory: '/backups',
		});
		expect(settings.directory).toEqual({ path: '/backups' });
		expect(settings.s3?.bucket).toBe('backups');
	});

	it.each([
		[{ s3ObjectLock: 'none', s3ObjectLockDays: 7, s3KmsKeyId: 'hidden' }, {}],
		[
			{ s3ObjectLock: 'COMPLIANCE', s3ObjectLockDays: 7, s3Encryption: 'AES256' },
			{
				objectLock: { mode: 'COMPLIANCE', days: 7 },
				serverSideEncryption: { algorithm: 'AES256' },
			},
		],
		[{ s3Encryption: 'aws:kms' }, { serverSideEncryption: { algorithm: 'aws:kms' } }],
		[
			{ s3Encryption: 'aws:kms', s3KmsKeyId: ' key ' },
			{ serverSideEncryption: { algorithm: 'aws:kms', keyId: 'key' } },
		],
	])('reads how the bucket protects: %j', (fields, protection) => {
		const { s3: bare } = readRepositorySettings(s3);
		expect(readRepositorySettings({ ...s3, ...fields }).s3).toEqual({ ...bare, ...protection });
	});

	it('hands over both halves of a key pair as they were pasted', () => {
		const settings = readRepositorySettings({
			...s3,
			encryption: 'keyPair',
			recipients: 'age1aaa, age1bbb',
			identities: '# created: 2026-11-22\nAGE-SECRET-KEY-1XYZ\n',
		});
		expect(settings.encryption).toEqual({
			kind: 'recipients',
			recipients: ['age1aaa, age1bbb'],
			identities: ['# created: 2026-11-22\nAGE-SECRET-KEY-1XYZ\n'],
		});
	});
});
