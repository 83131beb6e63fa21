import type { PackageDirectoryLoader } from 'n8n-core';
import { NodeHelpers } from 'n8n-workflow';

import { loadPackage } from '../support/engine-harness';
import type { LintContext, ShippedWorkflow } from '../support/workflow-lint/rule';
import { RULES } from '../support/workflow-lint/rules';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const workflows = shippedWorkflows();
let context: LintContext;

beforeAll(async () => {
	context = { library: Object.values(workflows), own: ownDescription(await loadPackage()) };
});

const ownDescription =
	(loader: PackageDirectoryLoader): LintContext['own'] =>
	(type) => {
		const [packageName, name = ''] = type.split('.');
		if (packageName !== loader.packageName || !(name in loader.known.nodes)) return undefined;
		return NodeHelpers.getVersionedNodeType(loader.getNode(name).type).description;
	};

describe.each(Object.entries(workflows))('%s.json', (_name, workflow) => {
	it.each(Object.entries(RULES))('%s', (_sentence, rule) => {
		expect(rule(workflow, context)).toEqual([]);
	});
});

describe('the rules themselves', () => {
	/** One way to break each of them, and a piece of what is then said. */
	const BREAKS: Record<keyof typeof RULES, [break_: (w: ShippedWorkflow) => void, said: RegExp]> = {
		'passes the check of n8n at import': [(w) => (w.connections.Nobody = {}), /Nobody/],
		'holds only what is shipped': [(w) => Object.assign(w, { versionId: '1' }), /versionId/],
		'has ids that stay': [(w) => (w.id = 'an-id-that-n8n-would-refuse'), /will not do/],
		'has tags with ids of their own': [(w) => (w.tags = [{ name: 'backup' }]), /lacks id/],
		'runs on while all else is paused': [(w) => (w.tags = w.tags?.slice(1)), /lacks the tag/],
		'has names in plain words': [(w) => (first(w).name = 'HTTP Request1'), /HTTP Request1/],
		'has complete settings': [(w) => delete w.settings?.timezone, /time zone/],
		'has an error workflow': [(w) => (w.settings = { errorWorkflow: 'gone' }), /"gone"/],
		'lies on the grid': [(w) => (first(w).position = [0, 7]), /off the grid/],
		'explains itself': [(w) => (w.nodes = active(w)), /no sticky note/],
		'uses current nodes': [(w) => (first(w).typeVersion = 99), /not of the version/],
		'has known and complete parameters': [
			(w) => (own(w).parameters.colour = 'red'),
			/no parameter "colour"/,
		],
		'refers to credentials by name': [
			(w) => (own(w).credentials = { drPostgresServerApi: { id: '7', name: 'Mine' } }),
			/more than its name/,
		],
		'can be run by hand': [
			(w) => (w.nodes = w.nodes.filter(({ type }) => !type.endsWith('manualTrigger'))),
			/no manual trigger/,
		],
		'leads each error output somewhere': [
			(w) => (w.connections[own(w).name]!.main!.length = 1),
			/leads nowhere/,
		],
		'writes to people by one workflow alone': [
			(w) => (own(w).type = 'n8n-nodes-base.slack'),
			/past "Tell people"/,
		],
		'tries again what the network spoils': [
			(w) => delete request(w).retryOnFail,
			/"Ping the start" tries once/,
		],
		'waits for no request for long': [
			(w) => (request(w).parameters.options = {}),
			/"Ping the start" may wait/,
		],
		'knows who calls its webhooks': [
			(w) => (own(w).type = 'n8n-nodes-base.webhook'),
			/lets in anybody/,
		],
		'leaves no node alone': [(w) => (w.connections = {}), /not connected/],
		'refers to what exists': [
			(w) => (own(w).parameters.operation = "={{ $('Nowhere').item }}"),
			/"Nowhere"/,
		],
		'agrees with the settings of a site': [
			(w) => (own(w).parameters.database = "={{ $('Read the settings').first().json.sites.name }}"),
			/no "sites\.name"/,
		],
		'holds no secrets': [
			(w) => (own(w).parameters.url = 'postgres://me:pass@db.example'),
			/password in an address/,
		],
	};

	it.each(Object.entries(BREAKS))(
		'see when a workflow no longer "%s"',
		(sentence, [spoil, said]) => {
			const workflow = structuredClone(workflows['back-up-hourly']) as ShippedWorkflow;
			spoil(workflow);
			expect(RULES[sentence]?.(workflow, context).join('\n')).toMatch(said);
		},
	);

	it('see a value of the settings that nobody reads', () => {
		const rule = RULES['agrees with the settings of a site']!;
		const settings = structuredClone(workflows['settings']) as ShippedWorkflow;
		const { assignments } = pick(settings, /\.set$/).parameters.assignments as {
			assignments: { name: string }[];
		};
		const others = context.library.filter(({ id }) => id !== settings.id);
		assignments.push({ name: 'site.colour' });
		const library = [...others, settings];
		expect(rule(settings, { ...context, library })).toEqual(['Nobody reads "site.colour".']);
	});

	it.each([
		['store-managed-env', 'file of a server'],
		['compare-managed-env', 'text of a vault'],
		['hear-managed-env', 'header of a caller'],
	])('see when %s keeps a %s with its runs', (name) => {
		const workflow = structuredClone(workflows[name]) as ShippedWorkflow;
		Object.assign(workflow.settings!, workflows['back-up-hourly']!.settings);
		expect(RULES['has complete settings']?.(workflow, context)).toEqual([
			'settings.saveDataErrorExecution is not "none".',
			'settings.saveDataSuccessExecution is not "none".',
			'settings.saveManualExecutions is not false.',
			'settings.saveExecutionProgress is not false.',
		]);
	});

	it('see a form that anybody can fill in, and a limit on what waits for somebody', () => {
		const workflow = structuredClone(workflows['ask-for-approval']) as ShippedWorkflow;
		Object.assign(pick(workflow, /executeWorkflowTrigger/), {
			...{ type: 'n8n-nodes-base.formTrigger', parameters: {} },
		});
		workflow.settings!.executionTimeout = 3600;
		const library = context.library.map((one) => (one.id === workflow.id ? workflow : one));
		expect(RULES['knows who calls its webhooks']?.(workflow, context)).toEqual([
			'"Called by another workflow" lets in anybody.',
		]);
		expect(RULES['has complete settings']?.(workflow, { ...context, library })).toEqual([
			'settings.executionTimeout is no right limit.',
		]);
	});

	it('are all tried', () => {
		expect(Object.keys(BREAKS)).toEqual(Object.keys(RULES));
	});
});

const active = ({ nodes }: ShippedWorkflow) => nodes.filter(({ type }) => !/sticky/i.test(type));

const pick = (workflow: ShippedWorkflow, type: RegExp) => {
	const node = active(workflow).find((candidate) => type.test(candidate.type));
	if (!node) throw new Error(`The workflow has no node of the type ${String(type)}.`);
	return node;
};
const first = (workflow: ShippedWorkflow) => pick(workflow, /./);
const request = (workflow: ShippedWorkflow) => pick(workflow, /httpRequest/);
const own = (workflow: ShippedWorkflow) => pick(workflow, /disaster-recovery/);
