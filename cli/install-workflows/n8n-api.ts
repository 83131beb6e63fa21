import { z } from 'zod';
import { ConfigurationError, ConnectionError, DisasterRecoveryError } from '../../core/errors';
import { type Workflow, workflowSchema } from './workflow';

const TIMEOUT_MS = 30_000;
const PAGE = 100;

/** What n8n takes of a node; it refuses what else it gives out itself. */
const NODE_FIELDS = [
	...['id', 'name', 'webhookId', 'disabled', 'notesInFlow', 'notes', 'type', 'typeVersion'],
	...['executeOnce', 'alwaysOutputData', 'retryOnFail', 'maxTries', 'waitBetweenTries'],
	...['continueOnFail', 'onError', 'position', 'parameters', 'credentials'],
];
/** The same of the settings. */
const SETTINGS_FIELDS = [
	...['saveExecutionProgress', 'saveManualExecutions', 'saveDataErrorExecution'],
	...['saveDataSuccessExecution', 'executionTimeout', 'errorWorkflow', 'timezone'],
	...['executionOrder', 'callerPolicy', 'callerIds', 'redactionPolicy'],
];

const tag = z.object({ id: z.string(), name: z.string() });

/** A tag in an n8n. */
export type InstalledTag = z.infer<typeof tag>;

const installed = workflowSchema.extend({
	/** Missing where that n8n does without tags. */
	tags: z.array(tag).optional(),
	active: z.boolean(),
	/** What the editor shows. */
	versionId: z.string(),
	/** What runs. */
	activeVersionId: z.string().nullish(),
	isArchived: z.boolean().default(false),
});

/** A workflow in an n8n. */
export type InstalledWorkflow = z.infer<typeof installed>;

const credential = z.object({ id: z.string(), name: z.string(), type: z.string() });

/** A credential in an n8n, without what it holds. */
export type InstalledCredential = z.infer<typeof credential>;

/** As much of n8n's public API as setting up workflows needs. Every call rejects with an error of `core/errors`. */
export class N8nApi {
	/** `url` is where the editor opens. */
	constructor(
		private readonly url: URL,
		private readonly apiKey: string,
	) {}

	async workflows(): Promise<InstalledWorkflow[]> {
		return await this.all('workflows', installed, { excludePinnedData: 'true' });
	}

	async credentials(): Promise<InstalledCredential[]> {
		return await this.all('credentials', credential, {});
	}

	async create(workflow: Workflow): Promise<InstalledWorkflow> {
		return installed.parse(await this.call('POST', 'workflows', writable(workflow)));
	}

	/** Changes what the editor shows; what is published runs on as it is. */
	async update(id: string, workflow: Workflow): Promise<void> {
		// Else n8n publishes at once what is changed.
		const path = `workflows/${encodeURIComponent(id)}?publishIfActive=false`;
		await this.call('PUT', path, writable(workflow));
	}

	/** Puts the newest version to work. */
	async publish(id: string): Promise<void> {
		await this.call('POST', `workflows/${encodeURIComponent(id)}/publish`, {});
	}

	async tags(): Promise<InstalledTag[]> {
		return await this.all('tags', tag, {});
	}

	async createTag(name: string): Promise<InstalledTag> {
		return tag.parse(await this.call('POST', 'tags', { name }));
	}

	/** It has these afterwards, and no others. */
	async setTags(id: string, tags: readonly InstalledTag[]): Promise<void> {
		const ids = tags.map((one) => ({ id: one.id }));
		await this.call('PUT', `workflows/${encodeURIComponent(id)}/tags`, ids);
	}

	private async all<T>(
		path: string,
		schema: z.ZodType<T>,
		query: Record<string, string>,
	): Promise<T[]> {
		const page = z.object({ data: z.array(schema), nextCursor: z.string().nullish() });
		const found: T[] = [];
		for (let cursor: string | undefined; ;) {
			const parameters = new URLSearchParams({ ...query, limit: String(PAGE) });
			if (cursor !== undefined) parameters.set('cursor', cursor);
			const { data, nextCursor } = page.parse(await this.call('GET', `${path}?${parameters}`));
			found.push(...data);
			if (!nextCursor) return found;
			cursor = nextCursor;
		}
	}

	private async call(method: string, path: string, body?: object): Promise<unknown> {
		const base = this.url.href.endsWith('/') ? this.url.href : `${this.url.href}/`;
		let response: Response;
		try {
			response = await fetch(new URL(`api/v1/${path}`, base), {
				method,
				headers: { 'x-n8n-api-key': this.apiKey, 'content-type': 'application/json' },
				...(body && { body: JSON.stringify(body) }),
				// A redirect may lead to a login page, or to a host that has no business with the key.
				redirect: 'manual',
				signal: AbortSignal.timeout(TIMEOUT_MS),
			});
			if (response.ok) return await response.json();
		} catch (error) {
			throw this.unreachable(error);
		}
		throw refusal(method, path, response.status, await reasonIn(response));
	}

	private unreachable(error: unknown): ConnectionError {
		const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
		const reason = cause instanceof Error ? cause.message : String(cause);
		return new ConnectionError(`n8n does not answer at ${this.url.origin}: ${reason}.`, {
			hint: 'Give the address at which the editor opens, for example --url https://n8n.example.com.',
		});
	}
}

function writable({ name, nodes, connections, settings }: Workflow): object {
	return {
		...{ name, connections },
		nodes: nodes.map((node) => pick(node, NODE_FIELDS)),
		settings: pick(settings, SETTINGS_FIELDS),
	};
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): object {
	return Object.fromEntries(
		names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
	);
}

async function reasonIn(response: Response): Promise<string> {
	const text = await response.text().catch(() => '');
	try {
		return z.object({ message: z.string() }).parse(JSON.parse(text)).message;
	} catch {
		return response.statusText;
	}
}

function refusal(
	method: string,
	path: string,
	status: number,
	reason: string,
): DisasterRecoveryError {
	const what = `n8n answered ${status} to ${method} /api/v1/${path.split('?')[0]}: ${reason}`;
	if (status === 401 || status === 403) {
		return new ConfigurationError(what, {
			hint: 'Make an API key of the owner or an admin in Settings → n8n API, with the scopes workflow:create, workflow:list, workflow:read, workflow:update, workflow:activate, credential:list, tag:list, tag:create and workflowTags:update.',
		});
	}
	return new DisasterRecoveryError(what, {
		hint: 'Mend the cause, then run the command again: what is there already is not made twice.',
	});
}
