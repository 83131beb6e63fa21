import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { identifyRunningServer } from '../../../core/postgres/running-server';
import { runContext } from '../../shared/run-context';
import { server } from '../parameters';

export const option: INodePropertyOptions = {
	name: 'Identify Server',
	value: 'identify',
	action: 'Identify server',
	description: 'Say which server answers to the credential, to tell it from another one',
};

export const description: INodeProperties[] = [];

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const login = await server(this, itemIndex);
	const { id, version, startedAt } = await identifyRunningServer(login, runContext(this).signal);
	const { host, port, database } = login;
	return {
		...{ component: 'postgres', server: id, host, port, database, version },
		startedAt: startedAt.toISOString(),
	};
}
