import { type NetlifySite, shownFile } from './site';

export interface NetlifyRequest {
	readonly method: string;
	readonly url: URL;
	readonly contentType: string | undefined;
	readonly body: string;
}

export interface NetlifyAnswer {
	readonly status: number;
	/** JSON, or the bytes of a file. */
	readonly body: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

const BASE = '/api/v1';
const RAW = 'application/vnd.bitballoon.v1.raw';
const LARGEST_PAGE = 100;

const ok = (body: unknown): NetlifyAnswer => ({ status: 200, body });
const fault = (status: number, message: string): NetlifyAnswer => ({
	status,
	body: { code: status, message },
});
const notFound = fault(404, 'Not Found');

/** Answers as Netlify does; `undefined` for what it does not know, or what nobody should ask. */
export function answer(site: NetlifySite, request: NetlifyRequest): NetlifyAnswer | undefined {
	const { method, url, body } = request;
	if (!url.pathname.startsWith(`${BASE}/`) || body !== '') return undefined;
	const steps = url.pathname.slice(BASE.length + 1).split('/');
	const [root, id = '', part, ...rest] = steps;
	if (root === 'sites') {
		if (part === undefined)
			return read(method, () => (id === site.id ? ok(site.shown()) : notFound));
		if (part !== 'deploys') return undefined;
		return id === site.id ? siteDeploys(site, request, rest) : notFound;
	}
	return root === 'deploys' ? deploys(site, request, id, part, rest) : undefined;
}

function siteDeploys(
	site: NetlifySite,
	{ method, url }: NetlifyRequest,
	[id, action, ...rest]: readonly string[],
): NetlifyAnswer | undefined {
	if (rest.length > 0) return undefined;
	if (id === undefined) {
		const { searchParams } = url;
		const wanted = site.list().filter((deploy) => {
			const isProduction = deploy.context === 'production';
			const state = searchParams.get('state') ?? deploy.state;
			return state === deploy.state && (searchParams.get('production') !== 'true' || isProduction);
		});
		const shown = wanted.map((deploy) => site.shownDeploy(deploy));
		return read(method, () => page(url, shown, ['production', 'state']));
	}
	const deploy = site.find(id);
	if (action === undefined) {
		return read(method, () => (deploy ? ok(site.shownDeploy(deploy)) : notFound));
	}
	if (method !== 'POST' || action !== 'restore') return undefined;
	if (!deploy) return notFound;
	const refusal = site.publish(id);
	return refusal ? fault(422, refusal) : { status: 201, body: site.shownDeploy(deploy) };
}

function deploys(
	site: NetlifySite,
	request: NetlifyRequest,
	id: string,
	part: string | undefined,
	rest: readonly string[],
): NetlifyAnswer | undefined {
	const { method, url } = request;
	const deploy = site.find(id);
	if (part === undefined) {
		return read(method, () => (deploy ? ok(site.shownDeploy(deploy)) : notFound));
	}
	if (part === 'lock' || part === 'unlock') {
		if (method !== 'POST' || rest.length > 0) return undefined;
		if (!deploy) return notFound;
		const refusal = site.lock(id, part === 'lock');
		return refusal ? fault(422, refusal) : ok(site.shownDeploy(deploy));
	}
	if (part !== 'files') return undefined;
	if (rest.length > 0) return read(method, () => file(deploy?.files, request, rest));
	const shown = [...(deploy?.files ?? [])].map(([path, content]) => shownFile(path, content));
	return read(method, () => (deploy ? page(url, shown, []) : notFound));
}

/** Without the media type for raw content it is only described. */
function file(
	files: ReadonlyMap<string, Buffer> | undefined,
	{ contentType }: NetlifyRequest,
	steps: readonly string[],
): NetlifyAnswer {
	const path = `/${steps.map(decodeURIComponent).join('/')}`;
	const content = files?.get(path);
	if (!content) return notFound;
	return ok(contentType === RAW ? content : shownFile(path, content));
}

/** Part of a list, with the addresses of the others in the header `Link`. */
function page(
	url: URL,
	all: readonly object[],
	filters: readonly string[],
): NetlifyAnswer | undefined {
	const known = [...filters, 'page', 'per_page'];
	if ([...url.searchParams.keys()].some((name) => !known.includes(name))) return undefined;
	const [number, size] = ['page', 'per_page'].map((name) => url.searchParams.get(name));
	const at = Number(number ?? 1);
	const count = Number(size ?? LARGEST_PAGE);
	if (![at, count].every(Number.isInteger) || at < 1 || count < 1 || count > LARGEST_PAGE) {
		return undefined;
	}
	const last = Math.max(1, Math.ceil(all.length / count));
	const link = (page: number, relation: string) => {
		const target = new URL(url);
		target.searchParams.set('page', String(page));
		return `<${target.href}>; rel="${relation}"`;
	};
	const links = [...(at < last ? [link(at + 1, 'next')] : []), link(last, 'last')];
	const shown = all.slice((at - 1) * count, at * count);
	return { ...ok(shown), headers: { link: links.join(', ') } };
}

function read(method: string, answer: () => NetlifyAnswer | undefined): NetlifyAnswer | undefined {
	return method === 'GET' ? answer() : undefined;
}
