import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fileAt } from '../../../core/files/file-at';
import { storeFile, type StoreFileInput } from '../../../core/files/store-file';
import type { BackupRef } from '../../../core/repository/catalogue';
import type { Encryption } from '../../../core/repository/encryption';
import type { Manifest } from '../../../core/repository/manifest';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { everythingBelow } from '../../support/repository/files-below';
import { newKeyPair } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

export const ENV = 'PORT=3000\nPASSWORD="hunter2"\n';

/** A file and a repository with two directories, new for every test. */
export function useFileLab() {
	const directory = useTemporaryDirectory();
	const state = { path: '', repository: undefined as Repository | undefined };
	beforeEach(async () => {
		mkdirSync(join(directory.path, 'first'));
		mkdirSync(join(directory.path, 'here'));
		state.path = join(directory.path, 'here', 'managed.env');
		writeFileSync(state.path, ENV, { mode: 0o640 });
		state.repository = await repositoryIn('first');
	});
	const repositoryIn = async (name: string, encryption: Promise<Encryption> = newKeyPair()) =>
		openRepository({
			directory: { path: join(directory.path, name) },
			encryption: await encryption,
		});
	const repository = () => {
		if (!state.repository) throw new Error('There is no test yet.');
		return state.repository;
	};
	const input = (changes: Partial<StoreFileInput> = {}): StoreFileInput => ({
		...{ source: fileAt(state.path), repository: repository(), envFile: true },
		...{ onlyWhenChanged: true, compression: { algorithm: 'zstd', level: 3 } },
		...changes,
	});
	return {
		/** Everything lies below it. */
		folder: () => directory.path,
		path: () => state.path,
		repository,
		repositoryIn,
		input,
		store: async (changes?: Partial<StoreFileInput>) => await storeFile(input(changes)),
		write: (text: string | Buffer) => writeFileSync(state.path, text),
		content: () => readFileSync(state.path, 'utf8'),
		/** What lies beside the file, hidden things too. */
		beside: () => everythingBelow(join(directory.path, 'here')),
		/** What lies in the repository. */
		files: (name = 'first') =>
			everythingBelow(join(directory.path, name)).filter((path) =>
				/\.(json|age|partial)/.test(path),
			),
	};
}

/** Names a backup by its manifest. */
export const refOf = ({ component, name, id }: Manifest): BackupRef => ({ component, name, id });
