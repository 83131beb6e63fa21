import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	createSnapshot,
	type CreateSnapshotContext,
	type CreateSnapshotInput,
} from '../../../core/redis/create-snapshot';
import type { RedisServer } from '../../../core/redis/server';
import type { Manifest } from '../../../core/repository/manifest';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { newKeyPair } from '../../support/repository/sample-backup';

/** A repository in a folder of its own, and one for temporary files. */
export class SnapshotBench {
	private count = 0;

	private constructor(
		readonly directory: string,
		readonly repository: Repository,
	) {}

	static async open(): Promise<SnapshotBench> {
		const directory = await mkdtemp(join(tmpdir(), 'dr-snapshots-'));
		await mkdir(join(directory, 'repository'));
		const encryption = await newKeyPair();
		return new SnapshotBench(
			directory,
			openRepository({ directory: { path: join(directory, 'repository') }, encryption }),
		);
	}

	/** A backup of its own name each time. */
	async create(
		server: RedisServer,
		changes: Partial<CreateSnapshotInput> = {},
		context: CreateSnapshotContext = {},
	): Promise<Manifest> {
		return await createSnapshot(
			{
				...{ server, repository: this.repository, name: `snapshot-${this.count++}` },
				...{ compression: { algorithm: 'zstd', level: 1 }, method: 'auto' },
				spoolDirectory: this.directory,
				...changes,
			},
			context,
		);
	}

	/** Everything that is in the repository, and everything temporary. */
	async leftovers(): Promise<string[]> {
		return (await readdir(this.directory, { recursive: true, withFileTypes: true }))
			.filter((entry) => entry.isFile() || entry.name.startsWith('dr-redis-'))
			.map(({ name }) => name);
	}

	async remove(): Promise<void> {
		await rm(this.directory, { recursive: true, force: true });
	}
}
