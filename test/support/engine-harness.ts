import './engine-environment';

import { join } from 'node:path';

import {
	ExecutionLifecycleHooks,
	LoadOptionsContext,
	PackageDirectoryLoader,
	WorkflowExecute,
} from 'n8n-core';
import {
	NodeHelpers,
	Workflow,
	type ExecutionError,
	type ExecutionStatus,
	type ICredentialDataDecryptedObject,
	type ICredentialsHelper,
	type INode,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeType,
	type INodeTypes,
	type IVersionedNodeType,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import { type Outside, standIn } from './core-nodes/stand-ins';

/** A workflow as it is shipped: nothing that only a server's database knows. */
export type WorkflowFile = Pick<
	IWorkflowBase,
	'id' | 'name' | 'nodes' | 'connections' | 'settings'
>;

export interface EngineOptions {
	/** Decrypted data by credential name, as the workflow's nodes refer to it. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	/** Workflows that others may run, by id. */
	library?: Record<string, WorkflowFile>;
	/** Answers for the nodes that send mails, Slack messages, HTTP requests and commands over SSH. */
	outside?: Outside;
}

export interface RunOptions {
	/** Name of the node to start at, by default the manual trigger. */
	startAt?: string;
	/** What the start node gets, by default one empty item. */
	items?: INodeExecutionData[];
	mode?: WorkflowExecuteMode;
	/** Stops the run as n8n's stop button does. */
	signal?: AbortSignal;
}

export interface RunResult {
	status: ExecutionStatus;
	error?: ExecutionError;
	/** The items of a node's last run, by output; empty when it did not run. */
	output(node: string): INodeExecutionData[][];
	/** The items of the node that ran last. */
	last: INodeExecutionData[][];
}

/** n8n's own engine in this process, with this package as built in dist/. */
export interface Engine {
	readonly loader: PackageDirectoryLoader;
	run(workflow: WorkflowFile, options?: RunOptions): Promise<RunResult>;
	/** What a list in the panel of the node offers; the field names the method. */
	search(node: INode, method: string): Promise<INodeListSearchResult>;
}

const PACKAGE_ROOT = join(__dirname, '..', '..');
const BASE_URL = 'http://localhost:5678/';

/** The package as n8n loads it: nodes, credentials, codex and icons, by the paths in package.json. */
export async function loadPackage(): Promise<PackageDirectoryLoader> {
	const loader = new PackageDirectoryLoader(PACKAGE_ROOT);
	await loader.loadAll();
	return loader;
}

export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
	const loader = await loadPackage();
	const nodeTypes = nodeTypesOf(loader, options.outside ?? nobody);
	const credentialsHelper = credentialsOf(loader, options.credentials ?? {});

	const run: Engine['run'] = async (file, { startAt, items, mode = 'manual', signal } = {}) => {
		const workflow = new Workflow({ ...file, active: false, nodeTypes });
		const manual = file.nodes.find(({ type }) => type === 'n8n-nodes-base.manualTrigger');
		const startNode = workflow.getNode(startAt ?? manual?.name ?? '');
		if (!startNode) throw new Error(`"${file.name}" has no node to start at.`);
		const hooks = new ExecutionLifecycleHooks(mode, '1', file as IWorkflowBase);
		const engine = new WorkflowExecute({ ...baseData, hooks, workflowId: file.id }, mode);
		const execution = engine.run({
			workflow,
			startNode,
			triggerToStartFrom: items && {
				name: startNode.name,
				data: {
					...{ startTime: 0, executionTime: 0, executionIndex: 0, source: [] },
					data: { main: [items] },
				},
			},
		});
		const cancel = () => execution.cancel();
		signal?.addEventListener('abort', cancel, { once: true });
		try {
			const { status, data } = await execution;
			const { error, runData } = data.resultData;
			const output = (node: string) =>
				(runData[node]?.at(-1)?.data?.main ?? []).map((branch) => branch ?? []);
			return { status, error, output, last: output(data.resultData.lastNodeExecuted ?? '') };
		} finally {
			signal?.removeEventListener('abort', cancel);
		}
	};

	// What a server would bring besides; a node that asks for anything else fails loudly.
	const baseData = {
		credentialsHelper,
		executionId: '1',
		variables: {},
		currentNodeExecutionIndex: 0,
		restApiUrl: `${BASE_URL}rest`,
		instanceBaseUrl: BASE_URL,
		formBaseUrl: `${BASE_URL}form`,
		formWaitingBaseUrl: `${BASE_URL}form-waiting`,
		webhookBaseUrl: `${BASE_URL}webhook`,
		webhookWaitingBaseUrl: `${BASE_URL}webhook-waiting`,
		setExecutionStatus: () => undefined,
		sendDataToUI: () => undefined,
		logAiEvent: () => undefined,
		executeWorkflow: async (
			{ id = '' }: { id?: string },
			_data: IWorkflowExecuteAdditionalData,
			{ inputData }: { inputData?: INodeExecutionData[] } = {},
		) => {
			const called = options.library?.[id];
			if (!called) throw new Error(`The test gives no workflow "${id}".`);
			const entry = called.nodes.find(({ type }) => type.endsWith('.executeWorkflowTrigger'));
			const { error, last } = await run(called, {
				...{ startAt: entry?.name, items: inputData, mode: 'integrated' },
			});
			if (error) throw error;
			return { executionId: '2', data: last };
		},
	} as unknown as IWorkflowExecuteAdditionalData;

	const search: Engine['search'] = async (node, method) => {
		const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
		const data = { ...baseData, currentNodeParameters: node.parameters };
		const { methods } = nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
		const list = methods?.listSearch?.[method];
		if (!list) throw new Error(`"${node.name}" has no method ${method}.`);
		return await list.call(new LoadOptionsContext(workflow, node, data, ''));
	};

	return { loader, run, search };
}

const nobody: Outside = (node) => {
	throw new Error(`The test does not expect "${node}" to leave the machine.`);
};

function nodeTypesOf(loader: PackageDirectoryLoader, outside: Outside): INodeTypes {
	const prefix = `${loader.packageName}.`;
	const getByName = (type: string): INodeType | IVersionedNodeType =>
		type.startsWith(prefix)
			? loader.getNode(type.slice(prefix.length)).type
			: standIn(type, outside);
	return {
		getByName,
		getByNameAndVersion: (type, version) =>
			NodeHelpers.getVersionedNodeType(getByName(type), version),
		getKnownTypes: () => ({}),
	};
}

/** Fills in a credential's defaults and keeps to its list of nodes, as a server does. */
function credentialsOf(
	loader: PackageDirectoryLoader,
	data: Record<string, ICredentialDataDecryptedObject>,
): ICredentialsHelper {
	const helper: Partial<ICredentialsHelper> = {
		getParentTypes: () => [],
		getCredentialsProperties: (type) => loader.getCredential(type).type.properties,
		isCredentialUsableByNode: (type, node) => {
			const credential = loader.getCredential(type).type;
			const name = node.slice(loader.packageName.length + 1);
			return !credential.restrictToSupportedNodes || !!credential.supportedNodes?.includes(name);
		},
		getDecrypted: async (_data, { name }, type) => {
			const values = data[name];
			if (!values) throw new Error(`The test gives no credential "${name}".`);
			const properties = loader.getCredential(type).type.properties;
			const filled = NodeHelpers.getNodeParameters(
				...([properties, values as never, true, false, null, null] as const),
			);
			return { ...filled, ...values } as ICredentialDataDecryptedObject;
		},
	};
	return helper as ICredentialsHelper;
}
