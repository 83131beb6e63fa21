import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { listSchemas, listTables } from '../../../core/postgres/browse';
import { chosenServer } from './chosen-server';

export async function getSchemas(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const schemas = await listSchemas(await chosenServer(this));
	return schemas.map((schema) => ({ name: schema, value: schema }));
}

export async function getTables(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const tables = await listTables(await chosenServer(this));
	return tables.map((table) => ({
		name: `${table.schema}.${table.name}`,
		value: table.identifier,
	}));
}
