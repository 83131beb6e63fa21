import { z } from 'zod';
import { IntegrityError } from '../errors';

/** Of the file that an n8n is exported to; documented in docs/repository-format.md. */
export const FORMAT = 'n8n-export/1';

const json = z.record(z.string(), z.unknown());

/** What is on the canvas. */
const content = z.strictObject({
	nodes: z.array(json),
	connections: json,
	nodeGroups: z.array(json).optional(),
});

/** Exactly what `POST /api/v1/workflows` takes. */
const workflow = z.strictObject({
	...{ name: z.string(), ...content.shape, settings: json, pinData: json.optional() },
});

/** What is known of a workflow beyond that. */
const state = z.strictObject({
	id: z.string(),
	name: z.string(),
	archived: z.boolean(),
	/** `as shown`: what runs is what the editor shows; `other`: see `publishedVersion`. */
	published: z.enum(['no', 'as shown', 'other']),
	publishedVersion: content.optional(),
	tags: z.array(z.string()),
});

const column = z.strictObject({ name: z.string(), type: z.string() });

const exported = z.strictObject({
	format: z.literal(FORMAT),
	n8nVersion: z.string().nullable(),
	encryptionKeyFingerprint: z.string().nullable(),
	/** By name, then by id. */
	workflows: z.array(workflow),
	/** One for each workflow, in the same order. */
	workflowStates: z.array(state),
	tags: z.array(z.string()),
	folders: z.array(
		z.strictObject({ id: z.string(), name: z.string(), parentFolderId: z.string().nullable() }),
	),
	/** Without `value` where values were not wanted. */
	variables: z.array(z.strictObject({ key: z.string(), value: z.string().optional() })),
	/** Without what they hold. */
	credentials: z.array(z.strictObject({ id: z.string(), name: z.string(), type: z.string() })),
	/** Without rows. */
	dataTables: z.array(
		z.strictObject({ id: z.string(), name: z.string(), columns: z.array(column) }),
	),
	/** What this n8n did not give out, and why in its words. */
	leftOut: z.array(z.strictObject({ what: z.string(), reason: z.string() })),
});

/** All that one n8n consists of, as far as its API tells, and nothing that changes by itself. */
export type N8nExport = z.infer<typeof exported>;
export type ExportedWorkflow = z.infer<typeof workflow>;
export type WorkflowState = z.infer<typeof state>;
export type WorkflowContent = z.infer<typeof content>;

/** The bytes of an export: the same for the same content. */
export function writeExport(content: N8nExport): string {
	return canonicalJson(content);
}

/** Throws `IntegrityError` for what is no export, or one of a version to come. */
export function readExport(text: string): N8nExport {
	const result = exported.safeParse(parseJson(text));
	if (result.success && result.data.workflows.length === result.data.workflowStates.length) {
		return result.data;
	}
	const at = result.error?.issues[0]?.path.join('.') ?? 'workflowStates';
	throw new IntegrityError(`The file is no export of an n8n in the format ${FORMAT}, at "${at}".`, {
		hint: 'Take the file that the node N8n Export has made, or update this package if the file is newer.',
	});
}

/** JSON with the properties of each object in the order of their names, and a line feed at the end. */
export function canonicalJson(value: unknown): string {
	return `${JSON.stringify(value, (_key, part: unknown) => (isObject(part) ? sorted(part) : part), '\t')}\n`;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
	const names = Object.keys(object).sort();
	// JSON may hold any name, `__proto__` too.
	return Object.assign(
		Object.create(null),
		Object.fromEntries(names.map((name) => [name, object[name]])),
	) as Record<string, unknown>;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
