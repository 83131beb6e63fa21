import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** A deploy that a test gives to the site. */
export interface GivenDeploy {
	/** By path, with a leading slash. */
	files: Readonly<Record<string, string | Buffer>>;
	title?: string;
	state?: 'ready' | 'error' | 'building';
	/** `deploy-preview` and others are never in the list of production deploys. */
	context?: string;
}

interface Deploy {
	readonly id: string;
	readonly title: string;
	readonly context: string;
	readonly files: ReadonlyMap<string, Buffer>;
	readonly createdAt: Date;
	publishedAt: Date | null;
	state: string;
	locked: boolean;
}

/** One site of Netlify: its deploys, which of them is published, and whether that one is locked. */
export class NetlifySite {
	readonly id = randomUUID();
	readonly name = 'mr-dj-site';
	/** Newest first. */
	private deploys: Deploy[] = [];
	private publishedId = '';
	private clock = Date.UTC(2026, 0, 1);

	/** Brings in a deploy; its id. */
	add({ files, title = '', state = 'ready', context = 'production' }: GivenDeploy): string {
		const contents = Object.entries(files).map(
			([path, content]) => [path, Buffer.from(content as string)] as const,
		);
		const deploy: Deploy = {
			...{ id: randomBytes(12).toString('hex'), title, context, state },
			...{ files: new Map(contents), createdAt: this.now(), publishedAt: null, locked: false },
		};
		this.deploys.unshift(deploy);
		return deploy.id;
	}

	/** As when it expires, or somebody deletes it. */
	lose(id: string): void {
		this.deploys = this.deploys.filter((deploy) => deploy.id !== id);
	}

	find(id: string): Deploy | undefined {
		return this.deploys.find((deploy) => deploy.id === id);
	}

	list(): readonly Deploy[] {
		return this.deploys;
	}

	/** What visitors see, and whether a new deploy would take its place. */
	published(): { id: string; locked: boolean } {
		return { id: this.publishedId, locked: this.find(this.publishedId)?.locked ?? false };
	}

	/** Puts it before the visitors; why not, where that cannot be. */
	publish(id: string): string | undefined {
		const deploy = this.find(id);
		if (deploy?.state !== 'ready') return 'Only a deploy that is ready can be published.';
		const before = this.find(this.publishedId);
		if (before?.locked && before !== deploy) return 'The published deploy is locked.';
		deploy.publishedAt = this.now();
		this.publishedId = id;
		return undefined;
	}

	/** Holds it fast or lets it go; why not, where that cannot be. */
	lock(id: string, locked: boolean): string | undefined {
		const deploy = this.find(id);
		if (!deploy || id !== this.publishedId) return 'Only the published deploy can be locked.';
		deploy.locked = locked;
		return undefined;
	}

	/** As the API shows the site. */
	shown(): object {
		const published = this.find(this.publishedId);
		return {
			...{ id: this.id, site_id: this.id, name: this.name, state: 'current' },
			...{ ssl_url: `https://${this.name}.netlify.app`, account_slug: 'mr-dj' },
			published_deploy: published ? this.shownDeploy(published) : null,
		};
	}

	/** As the API shows a deploy. */
	shownDeploy(deploy: Deploy): object {
		return {
			...{ id: deploy.id, site_id: this.id, state: deploy.state, name: this.name },
			...{ title: deploy.title || null, context: deploy.context, branch: 'main' },
			...{ commit_ref: createHash('sha1').update(deploy.id).digest('hex'), locked: deploy.locked },
			deploy_ssl_url: `https://${deploy.id}--${this.name}.netlify.app`,
			created_at: deploy.createdAt.toISOString(),
			published_at: deploy.publishedAt?.toISOString() ?? null,
			error_message: null,
		};
	}

	/** Later with each call. */
	private now(): Date {
		this.clock += 60_000;
		return new Date(this.clock);
	}
}

/** As the API shows a file of a deploy. */
export function shownFile(path: string, content: Buffer): object {
	const sha = createHash('sha1').update(content).digest('hex');
	return { id: path, path, sha, mime_type: 'application/octet-stream', size: content.length };
}
