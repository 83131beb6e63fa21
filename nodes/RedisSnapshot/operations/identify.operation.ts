import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { identifyRunningServer } from '../../../core/redis/running-server';
import { COMPONENT } from '../../../core/redis/snapshot-facts';
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
	const { id, version } = await identifyRunningServer(login, runContext(this).signal);
	const { host, port } = login;
	return { component: COMPONENT, server: id, host, port, version };
}
