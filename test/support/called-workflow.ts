import type { IDataObject } from 'n8n-workflow';

import type { Outside, OutsideAnswer } from './core-nodes/stand-ins';
import type { WorkflowFile } from './engine-harness';

/** Answers a call of a workflow, or throws as one that fails. */
export type Answer = (asked: IDataObject) => OutsideAnswer | Promise<OutsideAnswer>;

/** Workflows that others call, each answered by a test instead of by what it does. */
export interface CalledWorkflows {
	/** To be called, by their ids. */
	readonly library: Record<string, WorkflowFile>;
	/** What they were called with, in order. */
	readonly calls: { id: string; asked: IDataObject }[];
	/** Ids of the calls, in order. */
	ids(): string[];
	/** For the engine; what is no call of these goes to `others`. */
	outside(others?: Outside): Outside;
}

/** Lets a test answer the calls of these workflows. */
export function calledWorkflows(answers: Readonly<Record<string, Answer>>): CalledWorkflows {
	const calls: CalledWorkflows['calls'] = [];
	return {
		library: Object.fromEntries(Object.keys(answers).map((id) => [id, forwarding(id)])),
		calls,
		ids: () => calls.map(({ id }) => id),
		outside:
			(others = unexpected) =>
			async (node, parameters) => {
				const answer = answers[node];
				if (!answer) return await others(node, parameters);
				const asked = JSON.parse(String(parameters['url'])) as IDataObject;
				calls.push({ id: node, asked });
				return await answer(asked);
			},
	};
}

const unexpected: Outside = (node) => {
	throw new Error(`The test does not expect "${node}".`);
};

/** A workflow that asks the outside of the engine, under its own id, with what it was called with. */
function forwarding(id: string): WorkflowFile {
	const node = (name: string, type: string, typeVersion: number, parameters: object) => ({
		...{ id: name, name, type: `n8n-nodes-base.${type}`, typeVersion },
		...{ position: [0, 0] as [number, number], parameters: parameters as never },
	});
	return {
		...{ id, name: id, settings: {} },
		nodes: [
			node('Called', 'executeWorkflowTrigger', 1.2, { inputSource: 'passthrough' }),
			node(id, 'httpRequest', 4.5, { url: '={{ JSON.stringify($json) }}' }),
		],
		connections: { Called: { main: [[{ node: id, type: 'main', index: 0 }]] } },
	};
}
