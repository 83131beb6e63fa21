import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { listBackups } from '../../../core/repository/catalogue';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';

export const option: INodePropertyOptions = {
	name: 'List',
	value: 'list',
	action: 'List backups',
	description: 'Show what the repository holds, and how far each backup was proved',
};

export const description: INodeProperties[] = forOperation('list', []);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const { backups, unavailable } = await listBackups(repository, {}, runContext(this).signal);
	return {
		backups: backups.map(({ id, component, name, consistencyPoint, storedBytes }) => ({
			...{ backupId: id, component, name, storedBytes },
			consistencyPoint: consistencyPoint.toISOString(),
		})),
		warnings: unavailable.map(({ store, reason }) => `${store} could not be asked: ${reason}`),
	};
}
