import type { INodeProperties } from 'n8n-workflow';
import * as compare from './operations/compare.operation';
import * as createKeyPair from './operations/createKeyPair.operation';
import * as fetch from './operations/fetch.operation';
import * as get from './operations/get.operation';
import * as list from './operations/list.operation';
import * as prune from './operations/prune.operation';
import * as record from './operations/record.operation';
import * as report from './operations/report.operation';
import * as store from './operations/store.operation';
import * as storeZip from './operations/storeZip.operation';
import * as verify from './operations/verify.operation';

/** The operations of the node; their values are unique across the resources. */
export const operations = {
	compare,
	createKeyPair,
	fetch,
	get,
	list,
	prune,
	record,
	report,
	store,
	storeZip,
	verify,
};

const resourceField: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	default: 'backup',
	options: [
		{ name: 'Backup', value: 'backup' },
		{ name: 'Encryption Key', value: 'encryptionKey' },
		{ name: 'Event', value: 'event' },
		{ name: 'File', value: 'file' },
	],
};

const backupOperation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'list',
	displayOptions: { show: { resource: ['backup'] } },
	options: [list.option, prune.option, report.option, verify.option],
};

const eventOperation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'record',
	displayOptions: { show: { resource: ['event'] } },
	options: [get.option, record.option],
};

const fileOperation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'store',
	displayOptions: { show: { resource: ['file'] } },
	options: [compare.option, fetch.option, store.option, storeZip.option],
};

const keyOperation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'createKeyPair',
	displayOptions: { show: { resource: ['encryptionKey'] } },
	options: [createKeyPair.option],
};

/** All fields of the node, in the order of its panel. */
export const properties: INodeProperties[] = [
	resourceField,
	backupOperation,
	eventOperation,
	fileOperation,
	keyOperation,
	...Object.values(operations).flatMap(({ description }) => description),
];
