import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { compareFile } from '../../../core/files/compare-file';
import { backupNameFor } from '../../../core/repository/naming';
import { choiceWarnings } from '../../../core/repository/choose-backup';
import { newestByDefault } from '../../shared/backup-choice';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { envNames, envWarnings } from '../env-names';
import { chosenFile, fileBackupFields } from '../file-choice';
import { fileSource, sourceFields } from '../file-source';

export const option: INodePropertyOptions = {
	name: 'Compare File',
	value: 'compare',
	action: 'Compare file',
	description: 'Tell whether a file is the one that was backed up, and which names differ',
};

export const description: INodeProperties[] = forOperation('compare', [
	...sourceFields,
	...newestByDefault(fileBackupFields),
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const { signal } = runContext(this);
	const source = await fileSource(this, itemIndex);
	const defaultName = backupNameFor(source.fileName);
	const chosen = await chosenFile(this, repository, itemIndex, { defaultName, signal });
	const { same, digest, env, warnings } = await compareFile(
		source,
		repository,
		chosen.backup,
		signal,
	);
	return {
		same,
		backupId: chosen.backup.id,
		consistencyPoint: chosen.consistencyPoint.toISOString(),
		...envNames(env),
		bytes: digest.bytes,
		sha256: digest.sha256,
		warnings: [...choiceWarnings(chosen), ...warnings, ...envWarnings(env)],
	};
}
