import { randomBytes } from 'node:crypto';

import {
	type GenericValue,
	type IDataObject,
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { convertToFile, extractFromFile } from './files';
import { splitInBatches } from './loop';
import { CORE_NODE_VERSIONS } from './versions';

type Execute = (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

interface StandIn {
	properties?: INodeProperties[];
	inputs?: INodeTypeDescription['inputs'];
	outputs?: INodeTypeDescription['outputs'];
	requiredInputs?: number;
	execute: Execute;
}

const { Main } = NodeConnectionTypes;

const passOn: Execute = async function () {
	return [this.getInputData()];
};

const trigger: StandIn = { inputs: [], execute: passOn };

/** A dot in a name makes an object of what comes before it. */
function assign(target: IDataObject, [name = '', ...rest]: string[], value: GenericValue): void {
	if (rest.length === 0) target[name] = value;
	else assign((target[name] ??= {}) as IDataObject, rest, value);
}

/** Assignments only; keeps other fields and files where the workflow says so, as the real node does. */
const setFields: Execute = async function () {
	const items = this.getInputData().map(({ json, binary }, index) => {
		const fields = this.getNodeParameter('assignments.assignments', index, []) as {
			name: string;
			value: GenericValue;
		}[];
		const keep = this.getNodeParameter('includeOtherFields', index, false) as boolean;
		const assigned: IDataObject = keep ? { ...json } : {};
		for (const { name, value } of fields) assign(assigned, name.split('.'), value);
		return { json: assigned, ...(keep && { binary }), pairedItem: { item: index } };
	});
	return [items];
};

/** The engine itself evaluates parameters of the type "filter". */
const branch: Execute = async function () {
	const outputs: INodeExecutionData[][] = [[], []];
	this.getInputData().forEach((item, index) => {
		const passed = this.getNodeParameter('conditions', index, false, { extractValue: true });
		outputs[passed ? 0 : 1]?.push({ ...item, pairedItem: { item: index } });
	});
	return outputs;
};

/** By the first rule that an item meets; the last output is for those that meet none, where there is one. */
const choose: Execute = async function () {
	const rules = this.getNodeParameter('rules.values', 0) as unknown[];
	const hasRest = this.getNodeParameter('options.fallbackOutput', 0, 'none') === 'extra';
	const outputs = Array.from(
		{ length: rules.length + Number(hasRest) },
		() => [] as INodeExecutionData[],
	);
	this.getInputData().forEach((item, index) => {
		const met = rules.findIndex((_rule, at) =>
			this.getNodeParameter(`rules.values[${at}].conditions`, index, false, { extractValue: true }),
		);
		outputs[met < 0 ? rules.length : met]?.push({ ...item, pairedItem: { item: index } });
	});
	return outputs;
};

const stop: Execute = async function () {
	throw new NodeOperationError(this.getNode(), this.getNodeParameter('errorMessage', 0) as string);
};

/** Adds the values that it names to each item; goes on after a failure as the real node does. */
const callWorkflow: Execute = async function () {
	const id = this.getNodeParameter('workflowId', 0, '', { extractValue: true }) as string;
	const items = this.getInputData().map(({ json, binary }, index) => {
		const values = this.getNodeParameter('workflowInputs.value', index, {}) as IDataObject;
		return { json: { ...json, ...values }, binary, pairedItem: { item: index } };
	});
	try {
		const { data } = await this.executeWorkflow({ id }, items);
		return data.map((branch) => branch ?? []);
	} catch (error) {
		if (!this.continueOnFail()) throw error;
		return [[{ json: { error: (error as Error).message }, pairedItem: { item: 0 } }]];
	}
};

/** Where it names its inputs, an item has these and no others. */
const beCalled: Execute = async function () {
	const source = this.getNodeParameter('inputSource', 0, 'passthrough');
	if (source === 'passthrough') return [this.getInputData()];
	const inputs = this.getNodeParameter('workflowInputs.values', 0, []) as { name: string }[];
	return [
		this.getInputData().map((item) => {
			const values = inputs.map(({ name }) => [name, item.json[name] ?? null]);
			return { ...item, json: Object.fromEntries(values) as IDataObject };
		}),
	];
};

/** Appends, in the order of its inputs; or combines each item of the first with each of the second. */
const merge: Execute = async function () {
	if (this.getNodeParameter('mode', 0, 'append') === 'append') {
		const inputs = this.getNodeParameter('numberInputs', 0) as number;
		return [Array.from({ length: inputs }, (_none, index) => this.getInputData(index)).flat()];
	}
	return [
		this.getInputData(0).flatMap((one) =>
			this.getInputData(1).map((other) => ({
				json: { ...one.json, ...other.json },
				binary: { ...one.binary, ...other.binary },
			})),
		),
	];
};

/** An item for each entry of a list, and nothing else of the item that has it. */
const splitOut: Execute = async function () {
	const items = this.getInputData().flatMap(({ json }, index) => {
		const field = this.getNodeParameter('fieldToSplitOut', index) as string;
		return (json[field] as IDataObject[]).map((one) => ({
			json: one,
			pairedItem: { item: index },
		}));
	});
	return [items];
};

/** Only what it draws by chance. */
const draw: Execute = async function () {
	const items = this.getInputData().map(({ json }, index) => {
		const field = this.getNodeParameter('dataPropertyName', index) as string;
		const length = this.getNodeParameter('stringLength', index) as number;
		const drawn = randomBytes(length).toString('hex').slice(0, length);
		return { json: { ...json, [field]: drawn }, pairedItem: { item: index } };
	});
	return [items];
};

/** One item, several of them, or a file. */
export type OutsideAnswer = IDataObject | IDataObject[] | Buffer;

/** What a node that leaves this machine is asked, by its parameters; the answer, or why there is none. */
export type Outside = (
	node: string,
	parameters: IDataObject,
) => OutsideAnswer | Promise<OutsideAnswer>;

const FILE = 'application/octet-stream';

/** Hands the parameters to the test; goes on after a failure as the real nodes do. */
const askOutside = (outside: Outside): Execute =>
	async function () {
		const { name, type, parameters } = this.getNode();
		const asked = Object.keys(parameters).map((key) => [key, this.getNodeParameter(key, 0)]);
		try {
			const answer = await outside(name, Object.fromEntries(asked));
			if (Buffer.isBuffer(answer)) {
				const data = await this.helpers.prepareBinaryData(answer, undefined, FILE);
				const json = this.getInputData()[0]?.json ?? {};
				return [[{ json, binary: { data }, pairedItem: { item: 0 } }]];
			}
			return [[answer].flat().map((json) => ({ json, pairedItem: { item: 0 } }))];
		} catch (error) {
			// The SSH node catches only what happens after the login; the engine then hands on what came in.
			if (!this.continueOnFail() || type === SSH) throw error;
			return [[{ json: { error: (error as Error).message }, pairedItem: { item: 0 } }]];
		}
	};

/** Somebody fills in the form, or lets the time pass; in this engine nobody waits for a clock. */
const waitForAnswer = (outside: Outside): Execute =>
	async function () {
		const isForm = this.getNodeParameter('resume', 0, '') === 'form';
		return await (isForm ? askOutside(outside) : passOn).call(this);
	};

const property = (
	name: string,
	type: INodeProperties['type'],
	value: unknown,
): INodeProperties => ({
	displayName: name,
	name,
	type,
	default: value as INodeProperties['default'],
});

const STAND_INS: Record<string, StandIn> = {
	'n8n-nodes-base.crypto': {
		properties: [property('dataPropertyName', 'string', ''), property('stringLength', 'number', 0)],
		execute: draw,
	},
	'n8n-nodes-base.errorTrigger': trigger,
	'n8n-nodes-base.formTrigger': trigger,
	'n8n-nodes-base.executeWorkflowTrigger': {
		properties: [
			property('inputSource', 'string', 'passthrough'),
			property('workflowInputs', 'json', {}),
		],
		inputs: [],
		execute: beCalled,
	},
	'n8n-nodes-base.manualTrigger': trigger,
	'n8n-nodes-base.scheduleTrigger': trigger,
	'n8n-nodes-base.webhook': trigger,
	'n8n-nodes-base.convertToFile': {
		properties: [
			property('operation', 'string', 'toJson'),
			property('sourceProperty', 'string', ''),
			property('binaryPropertyName', 'string', 'data'),
			property('options', 'json', {}),
		],
		execute: convertToFile,
	},
	'n8n-nodes-base.extractFromFile': {
		properties: [
			property('binaryPropertyName', 'string', 'data'),
			property('destinationKey', 'string', 'data'),
		],
		execute: extractFromFile,
	},
	'n8n-nodes-base.splitInBatches': {
		properties: [property('batchSize', 'number', 1)],
		outputs: [Main, Main],
		execute: splitInBatches,
	},
	'n8n-nodes-base.noOp': { execute: passOn },
	'n8n-nodes-base.splitOut': {
		properties: [property('fieldToSplitOut', 'string', '')],
		execute: splitOut,
	},
	'n8n-nodes-base.stickyNote': { inputs: [], outputs: [], execute: passOn },
	'n8n-nodes-base.set': {
		properties: [
			property('assignments', 'assignmentCollection', {}),
			property('includeOtherFields', 'boolean', false),
		],
		execute: setFields,
	},
	'n8n-nodes-base.if': {
		properties: [property('conditions', 'filter', {})],
		outputs: [Main, Main],
		execute: branch,
	},
	'n8n-nodes-base.switch': {
		properties: [
			{
				...property('rules', 'fixedCollection', {}),
				typeOptions: { multipleValues: true },
				options: [
					{
						...{ name: 'values', displayName: 'values' },
						values: [property('conditions', 'filter', {}), property('outputKey', 'string', '')],
					},
				],
			},
			property('options', 'json', {}),
		],
		outputs:
			"={{ Array($parameter.rules.values.length + ($parameter.options.fallbackOutput === 'extra' ? 1 : 0)).fill('main') }}",
		execute: choose,
	},
	'n8n-nodes-base.executeWorkflow': {
		properties: [
			property('workflowId', 'resourceLocator', {}),
			property('workflowInputs', 'resourceMapper', {}),
		],
		execute: callWorkflow,
	},
	'n8n-nodes-base.merge': {
		properties: [property('mode', 'string', 'append'), property('numberInputs', 'number', 2)],
		inputs: "={{ Array($parameter.numberInputs).fill('main') }}",
		requiredInputs: 1,
		execute: merge,
	},
	'n8n-nodes-base.stopAndError': {
		properties: [property('errorMessage', 'string', '')],
		outputs: [],
		execute: stop,
	},
};

const SSH = 'n8n-nodes-base.ssh';
const WAIT = 'n8n-nodes-base.wait';
const OUTSIDE: Record<string, string[]> = {
	'n8n-nodes-base.dataTable': ['operation', 'filters', 'columns'],
	'n8n-nodes-base.emailSend': ['fromEmail', 'toEmail', 'subject', 'text', 'options'],
	'n8n-nodes-base.httpRequest': [
		...['method', 'url', 'authentication', 'nodeCredentialType'],
		...['queryParameters', 'headerParameters', 'jsonBody', 'options'],
	],
	'n8n-nodes-base.jwt': ['operation', 'token'],
	'n8n-nodes-base.n8n': ['filters'],
	'n8n-nodes-base.slack': ['channelId', 'text'],
	[SSH]: ['command', 'cwd', 'path'],
	[WAIT]: ['resume', 'formDescription', 'formFields', 'maxDateAndTime'],
};

/** A node of n8n's own collection, reduced to what the shipped workflows use of it. */
export function standIn(type: string, outside: Outside): INodeType {
	const names = OUTSIDE[type];
	const definition = names
		? {
				properties: names.map((name) => property(name, 'json', '')),
				execute: type === WAIT ? waitForAnswer(outside) : askOutside(outside),
			}
		: STAND_INS[type];
	const version = CORE_NODE_VERSIONS[type];
	if (!definition || !version) throw new Error(`The in-process engine has no node "${type}".`);
	return {
		description: {
			displayName: type,
			name: type,
			group: ['transform'],
			description: '',
			version,
			defaults: {},
			inputs: definition.inputs ?? [Main],
			outputs: definition.outputs ?? [Main],
			...(definition.requiredInputs && { requiredInputs: definition.requiredInputs }),
			properties: definition.properties ?? [],
		},
		async execute() {
			return await definition.execute.call(this);
		},
	};
}
