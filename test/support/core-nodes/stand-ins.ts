import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
	type NodeConnectionType,
} from 'n8n-workflow';

import { CORE_NODE_VERSIONS } from './versions';

type Execute = (this: IExecuteFunctions) => INodeExecutionData[][];

interface StandIn {
	properties?: INodeProperties[];
	inputs?: NodeConnectionType[];
	outputs?: NodeConnectionType[];
	execute: Execute;
}

const { Main } = NodeConnectionTypes;

const passOn: Execute = function () {
	return [this.getInputData()];
};

const trigger: StandIn = { inputs: [], execute: passOn };

/** Assignments only; keeps the other fields where the workflow says so, as the real node does. */
const setFields: Execute = function () {
	const items = this.getInputData().map(({ json }, index) => {
		const fields = this.getNodeParameter('assignments.assignments', index, []) as {
			name: string;
			value: INodeExecutionData['json'][string];
		}[];
		const keep = this.getNodeParameter('includeOtherFields', index, false) as boolean;
		const assigned = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
		return { json: { ...(keep && json), ...assigned }, pairedItem: { item: index } };
	});
	return [items];
};

/** The engine itself evaluates parameters of the type "filter". */
const branch: Execute = function () {
	const outputs: INodeExecutionData[][] = [[], []];
	this.getInputData().forEach((item, index) => {
		const passed = this.getNodeParameter('conditions', index, false, { extractValue: true });
		outputs[passed ? 0 : 1]?.push({ ...item, pairedItem: { item: index } });
	});
	return outputs;
};

const stop: Execute = function () {
	throw new NodeOperationError(this.getNode(), this.getNodeParameter('errorMessage', 0) as string);
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
	'n8n-nodes-base.errorTrigger': trigger,
	'n8n-nodes-base.executeWorkflowTrigger': trigger,
	'n8n-nodes-base.manualTrigger': trigger,
	'n8n-nodes-base.scheduleTrigger': trigger,
	'n8n-nodes-base.noOp': { execute: passOn },
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
	'n8n-nodes-base.stopAndError': {
		properties: [property('errorMessage', 'string', '')],
		outputs: [],
		execute: stop,
	},
};

/** A node of n8n's own collection, reduced to what the shipped workflows use of it. */
export function standIn(type: string): INodeType {
	const definition = STAND_INS[type];
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
			properties: definition.properties ?? [],
		},
		async execute() {
			return definition.execute.call(this);
		},
	};
}
