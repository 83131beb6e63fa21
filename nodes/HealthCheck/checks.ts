import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';
import { ConfigurationError } from '../../core/errors';
import type { Check } from '../../core/health/check';
import { kinds } from './kinds';
import type { NodeCheckKind } from './kinds/kind';
import { parseRow } from './kinds/row';

const KINDS: ReadonlyMap<string, NodeCheckKind> = new Map(Object.entries(kinds));

const DEFAULT_TIMEOUT_SECONDS = 10;

/** The fields of a row that every kind has; none needs to be filled in. */
const schema = z.object({
	kind: z.string().default('http'),
	name: z.string().trim().default(''),
	failUnless: z.string().default(''),
	warnUnless: z.string().default(''),
	timeoutSeconds: z.coerce.number().positive().max(3_600).default(DEFAULT_TIMEOUT_SECONDS),
});

const rows = z.array(z.unknown()).default([]);

export const checksField: INodeProperties = {
	displayName: 'Checks',
	name: 'checks',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true },
	placeholder: 'Add check',
	default: {},
	options: [
		{
			displayName: 'Check',
			name: 'check',
			values: [
				{
					displayName: 'Kind',
					name: 'kind',
					type: 'options',
					noDataExpression: true,
					default: 'http',
					options: Object.values(kinds).map(({ option }) => option),
				},
				...[...KINDS].flatMap(([kind, { fields }]) =>
					shownFor(
						kind,
						fields.filter((field) => !isOptional(field)),
					),
				),
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. Website',
					description: 'What the check is called in the output, by default what it looks at',
				},
				...[...KINDS].flatMap(([kind, { defaults }]) => shownFor(kind, conditionFields(defaults))),
				{
					displayName: 'Timeout (Seconds)',
					name: 'timeoutSeconds',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 3_600 },
					default: DEFAULT_TIMEOUT_SECONDS,
					description: 'How long the check may take, for each attempt',
				},
				...[...KINDS].flatMap(([kind, { fields }]) => shownFor(kind, fields.filter(isOptional))),
			],
		},
	],
};

/** Such fields come last in a row, as in the panel. */
function isOptional({ type }: INodeProperties): boolean {
	return type === 'collection';
}

function shownFor(kind: string, fields: INodeProperties[]): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { ...field.displayOptions?.show, kind: [kind] },
		},
	}));
}

function conditionFields({ fail, warn }: NodeCheckKind['defaults']): INodeProperties[] {
	return [
		{
			displayName: 'Fail Unless',
			name: 'failUnless',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: `e.g. ${fail.join('\n')}`,
			description: `Conditions, one a line, without which the target is unhealthy. Where there are none: ${inWords(fail)}.`,
		},
		{
			displayName: 'Warn Unless',
			name: 'warnUnless',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: `e.g. ${(warn.length > 0 ? warn : ['[RESPONSE_TIME] < 500']).join('\n')}`,
			description: `Conditions, one a line, without which there is a warning. Where both fields are empty: ${inWords(warn)}.`,
		},
	];
}

function inWords(conditions: readonly string[]): string {
	return conditions.length > 0 ? conditions.join(' and ') : 'none';
}

/** The checks of the node. Throws `ConfigurationError` when one of them cannot be made out. */
export async function readChecks(context: IExecuteFunctions, itemIndex: number): Promise<Check[]> {
	const found = rows.parse(context.getNodeParameter('checks.check', itemIndex, []));
	const checks: Check[] = [];
	for (const [index, row] of found.entries()) {
		const { kind, name, failUnless, warnUnless, timeoutSeconds } = parseRow(schema, row);
		const nodeKind = KINDS.get(kind);
		if (!nodeKind) throw new Error(`The node has no kind of check "${kind}".`);
		assertCredential(context, nodeKind, name || `number ${index + 1}`);
		const { defaultName, ...target } = await nodeKind.read(row, context, itemIndex);
		checks.push({
			...target,
			name: name || defaultName,
			fail: failUnless.split('\n'),
			warn: warnUnless.split('\n'),
			timeoutMs: timeoutSeconds * 1_000,
		});
	}
	return checks;
}

/** A node that has rows of other kinds only needs no credential, so n8n does not ask for one. */
function assertCredential(
	context: IExecuteFunctions,
	{ credential, option }: NodeCheckKind,
	check: string,
): void {
	if (!credential || context.getNode().credentials?.[credential.type]) return;
	throw new ConfigurationError(
		`The check "${check}" of the kind ${option.name} has no credential. Nothing was checked.`,
		{ hint: `Choose one for ${credential.displayName} at the top of the node.` },
	);
}
