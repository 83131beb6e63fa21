import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { identifyRunningServer } from '../../../core/postgres/running-server';
import { surveyDatabases } from '../../../core/postgres/server-databases';
import { runContext } from '../../shared/run-context';
import { server } from '../parameters';

export const option: INodePropertyOptions = {
	name: 'Identify Server',
	value: 'identify',
	action: 'Identify server',
	description: 'Say which server answers to the credential, and which databases it has',
};

export const description: INodeProperties[] = [];

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const login = await server(this, itemIndex);
	const { signal } = runContext(this);
	const { id, version, startedAt } = await identifyRunningServer(login, signal);
	const databases = await surveyDatabases(login, signal);
	const { host, port, database } = login;
	return {
		...{ component: 'postgres', server: id, host, port, database, version },
		startedAt: startedAt.toISOString(),
		databases: databases.map((one) => ({ ...one })),
	};
}
