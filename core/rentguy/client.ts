import { z } from 'zod';
import { otherBaseUrl } from './base-url';
import { NoAnswerError, WrongPlaceError } from './errors';
import { ask } from './http';
import { explainRefusal } from './refusal';
import type { RentGuyServer } from './server';
import { type QueueStatus, readStatus } from './status';

/** The dashboard's needs the login, the public one does not get it. Both say the same. */
export type StatusEndpoint = 'dashboard' | 'public';

const STATUS_PATHS = {
	dashboard: '/dashboard/api/integrations/rentguy/status',
	public: '/integrations/rentguy/status',
} as const;

const FLUSH_PATH = '/dashboard/api/integrations/rentguy/flush';

const STATUS_TIMEOUT_MS = 15_000;
const FLUSH_TIMEOUT_MS = 60_000;

const flushAnswer = z.object({
	configured: z.boolean(),
	attempted: z.number().int().min(0),
});

/**
 * What the platform says to a flush. How many arrived is in it too, but the newer generation answers
 * before they do: `QueueStatus` has the truth.
 */
export type FlushAnswer = z.infer<typeof flushAnswer>;

export interface ClientOptions {
	signal?: AbortSignal;
	statusTimeoutMs?: number;
	flushTimeoutMs?: number;
}

/**
 * Speaks with the backend of one credential. Every call rejects with `ConnectionError` or one of its
 * kinds (see `errors.ts`), `ConfigurationError` or `CancelledError`; no message holds the login.
 */
export class RentGuyClient {
	private baseUrl: string;

	constructor(
		private readonly server: RentGuyServer,
		private readonly options: ClientOptions = {},
	) {
		this.baseUrl = server.baseUrl;
	}

	/** What is to be said about the credential; empty while all is well. */
	get warnings(): string[] {
		const { baseUrl } = this.server;
		if (this.baseUrl === baseUrl) return [];
		return [
			`The backend does not answer at ${baseUrl}, it does at ${this.baseUrl}: correct the base URL in the credential.`,
		];
	}

	/** Finds out by itself whether the base URL lacks the proxy's prefix, or has it in vain. */
	async status(endpoint: StatusEndpoint = 'dashboard'): Promise<QueueStatus> {
		try {
			return await this.statusAt(this.baseUrl, endpoint);
		} catch (error) {
			if (!(error instanceof WrongPlaceError) || this.baseUrl !== this.server.baseUrl) throw error;
			return await this.statusElsewhere(endpoint, error);
		}
	}

	/** Asks for at most `limit` jobs (1 to 500) of each state to be delivered now. */
	async flush(limit: number): Promise<FlushAnswer> {
		const url = `${this.baseUrl}${FLUSH_PATH}`;
		const timeoutMs = this.options.flushTimeoutMs ?? FLUSH_TIMEOUT_MS;
		const answer = await ask(
			this.server,
			{ method: 'POST', url, authenticate: true, body: { limit }, timeoutMs },
			this.options.signal,
		);
		if (answer.status !== 200) throw explainRefusal(answer, url);
		const { success, data } = flushAnswer.safeParse(answer.body);
		if (success) return data;
		throw new NoAnswerError('The platform answered a flush in a way that cannot be read.', {
			mayHaveArrived: true,
			hint: 'Look into the log of the backend, and at the status of the queue.',
		});
	}

	private async statusElsewhere(
		endpoint: StatusEndpoint,
		error: WrongPlaceError,
	): Promise<QueueStatus> {
		const baseUrl = otherBaseUrl(this.baseUrl);
		try {
			const status = await this.statusAt(baseUrl, endpoint);
			this.baseUrl = baseUrl;
			return status;
		} catch (second) {
			if (!(second instanceof WrongPlaceError)) throw second;
			throw new WrongPlaceError(
				`There is no RentGuy queue at ${this.baseUrl}, nor at ${baseUrl}.`,
				{ hint: error.hint, cause: error },
			);
		}
	}

	private async statusAt(baseUrl: string, endpoint: StatusEndpoint): Promise<QueueStatus> {
		const url = `${baseUrl}${STATUS_PATHS[endpoint]}`;
		const timeoutMs = this.options.statusTimeoutMs ?? STATUS_TIMEOUT_MS;
		const answer = await ask(
			this.server,
			{ method: 'GET', url, authenticate: endpoint === 'dashboard', timeoutMs },
			this.options.signal,
		);
		const status = answer.status === 200 ? readStatus(answer.body) : undefined;
		if (status) return status;
		throw explainRefusal(answer, url);
	}
}
