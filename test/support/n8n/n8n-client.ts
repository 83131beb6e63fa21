import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 150;
const UNFINISHED = ['new', 'running', 'waiting', 'unknown'];
const CLIENT_HEADERS = { 'browser-id': 'disaster-recovery', 'push-ref': 'disaster-recovery' };

export interface Owner {
	email: string;
	password: string;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Item = Record<string, Json>;

interface WorkflowNode {
	name: string;
	type: string;
	disabled?: boolean;
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string | null; name: string }>;
}

/** A workflow as n8n stores and exports it, as far as it is looked at here. */
export interface Workflow {
	id: string;
	name: string;
	nodes: WorkflowNode[];
	[field: string]: unknown;
}

/** One run of a workflow. */
export interface Execution {
	id: string;
	status: string;
	mode: string;
	finished: boolean;
	workflowId: string;
	data?: {
		resultData: { error?: RunError; lastNodeExecuted?: string; runData: Record<string, NodeRun[]> };
	};
}

interface RunError {
	message: string;
	description?: string | null;
}

interface NodeRun {
	data?: { main: ({ json: Item }[] | null)[] };
	error?: RunError;
}

/** What the editor and n8n's public API can do, for the owner of the instance. */
export class N8nClient {
	private constructor(
		readonly url: string,
		private readonly cookie: string,
		private readonly apiKey: string,
	) {}

	static async logIn(url: string, owner: Owner): Promise<N8nClient> {
		const response = await fetch(new URL('rest/login', url), {
			method: 'POST',
			headers: { ...CLIENT_HEADERS, 'content-type': 'application/json' },
			body: JSON.stringify({ emailOrLdapLoginId: owner.email, password: owner.password }),
		});
		await answerOf(response);
		const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
		const visitor = new N8nClient(url, cookie.join('; '), '');
		const scopes = ['execution:read', 'execution:list', 'workflow:create'];
		return new N8nClient(url, visitor.cookie, await visitor.createApiKey(scopes));
	}

	/** The same session with an n8n that answers elsewhere now. */
	at(url: string): N8nClient {
		return new N8nClient(url, this.cookie, this.apiKey);
	}

	/** A new key of n8n's public API that may do what the scopes say, by default all that its owner may. */
	async createApiKey(scopes?: readonly string[]): Promise<string> {
		const all = async () => await this.editor<string[]>('GET', 'api-keys/scopes');
		const { rawApiKey } = await this.editor<{ rawApiKey: string }>('POST', 'api-keys', {
			...{ label: randomUUID(), expiresAt: null, scopes: scopes ?? (await all()) },
		});
		return rawApiKey;
	}

	async workflow(id: string): Promise<Workflow> {
		return await this.editor('GET', `workflows/${id}`);
	}

	/** Puts the workflow's triggers to work, as the editor's Publish button does. */
	async publish(id: string): Promise<void> {
		const { versionId } = await this.workflow(id);
		await this.editor('POST', `workflows/${id}/activate`, { versionId });
	}

	async unpublish(id: string): Promise<void> {
		await this.editor('POST', `workflows/${id}/deactivate`, {});
	}

	/** Runs a workflow from its manual trigger; resolves with the id of the execution. */
	async run(id: string): Promise<string> {
		const workflowData = await this.workflow(id);
		const trigger = workflowData.nodes.find(({ type }) => type.endsWith('.manualTrigger'));
		if (!trigger) throw new Error(`The workflow ${workflowData.name} has no manual trigger.`);
		const started = await this.editor<{ executionId: string }>('POST', `workflows/${id}/run`, {
			workflowData,
			triggerToStartFrom: { name: trigger.name },
		});
		return started.executionId;
	}

	/** The execution with its data, finished or not. */
	async execution(id: string): Promise<Execution> {
		return await this.publicApi(`executions/${id}?includeData=true`);
	}

	/** Newest first. */
	async executions(workflowId: string): Promise<Execution[]> {
		const { data } = await this.publicApi<{ data: Execution[] }>(
			`executions?workflowId=${workflowId}`,
		);
		return data;
	}

	/** Resolves once the execution is over, however it ended; rejects after `limitMs`. */
	async finished(id: string, limitMs = 120_000, signal?: AbortSignal): Promise<Execution> {
		for (const limit = Date.now() + limitMs; Date.now() < limit;) {
			const { status } = await this.editor<{ status: string }>('GET', `executions/${id}`);
			if (!UNFINISHED.includes(status)) return await this.execution(id);
			await sleep(POLL_MS, undefined, { signal });
		}
		throw new Error(`Execution ${id} was not over after ${limitMs / 1000} s.`);
	}

	/** The editor's Stop button. */
	async stopExecution(id: string): Promise<void> {
		await this.editor('POST', `executions/${id}/stop`, {});
	}

	/** Any call that the editor makes, below `/rest`. */
	async editor<Answer>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) {
		const response = await fetch(new URL(`rest/${path}`, this.url), {
			method,
			headers: { ...CLIENT_HEADERS, cookie: this.cookie, 'content-type': 'application/json' },
			...(body && { body: JSON.stringify(body) }),
		});
		const { data } = await answerOf<{ data: Answer }>(response);
		return data;
	}

	private async publicApi<Answer>(path: string): Promise<Answer> {
		const response = await fetch(new URL(`api/v1/${path}`, this.url), {
			headers: { 'x-n8n-api-key': this.apiKey },
		});
		return await answerOf<Answer>(response);
	}
}

/** The items that a node sent to its first output in its last run. */
export function outputOf(execution: Execution, nodeName: string): Item[] {
	const run = execution.data?.resultData.runData[nodeName]?.at(-1);
	return (run?.data?.main[0] ?? []).map(({ json }) => json);
}

/** Why an execution failed, in the words that the editor shows. */
export function failureOf(execution: Execution): string {
	const error = execution.data?.resultData.error;
	return [error?.message ?? `status ${execution.status}`, error?.description]
		.filter(Boolean)
		.join(' - ');
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
	const text = await response.text();
	if (!response.ok) throw new Error(`n8n answered ${response.status} at ${response.url}: ${text}`);
	return JSON.parse(text) as Answer;
}
