// Run as a process of its own: makes a snapshot, and says when the middle is reached.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createSnapshot } = require('../../dist/core/redis/create-snapshot.js');
const { openRepository } = require('../../dist/core/repository/repository.js');

const { server, directory, method } = JSON.parse(process.argv[2]);
await createSnapshot(
	{
		...{ server: { ...server, password: process.env.PASSWORD }, method, name: 'killed' },
		repository: openRepository({
			directory: { path: `${directory}/repository` },
			encryption: { kind: 'none' },
		}),
		...{ compression: { algorithm: 'none' }, spoolDirectory: directory },
	},
	{
		onProgress: ({ rawBytes, phase }) => {
			if (phase !== 'preparing' && rawBytes > 100_000) process.stdout.write('middle\n');
		},
	},
);
