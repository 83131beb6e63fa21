import { z } from 'zod';
import { INSTANTS } from './instants';

/** The version that is written. */
export const EVENT_VERSION = 1;

/** What it can be about. */
export const EVENT_KINDS = ['drill', 'incident'] as const;

/** @see EVENT_KINDS */
export type EventKind = (typeof EVENT_KINDS)[number];

/** How it ended. */
export const OUTCOMES = ['succeeded', 'partly', 'failed', 'aborted'] as const;

/** @see OUTCOMES */
export type Outcome = (typeof OUTCOMES)[number];

const instant = z.iso.datetime({ precision: 3 });
const text = z.string().max(20_000).optional();

const restoredBackup = z.strictObject({
	id: z.string(),
	/** Absent where the repository did not hold it when this was recorded. */
	component: z.string().optional(),
	consistencyPoint: instant,
	/** Whether it is the manifest's instant; else it is the one in the id, in whole seconds. */
	exact: z.boolean(),
	/** Of the payload as it lies in the stores; absent where nobody could read the manifest. */
	storedSha256: z
		.string()
		.regex(/^[0-9a-f]{64}$/)
		.optional(),
});

/** A backup that was restored, with the instant that the data went back to. */
export type RestoredBackup = z.infer<typeof restoredBackup>;

/**
 * One record about a drill or an incident, never changed afterwards; several make up its history.
 * Unknown properties are refused, as in a manifest.
 */
export const eventSchema = z.strictObject({
	eventVersion: z.literal(EVENT_VERSION),
	kind: z.enum(EVENT_KINDS),
	/** Shared by all records of one drill or incident; also the name that it is kept under. */
	incident: z.string(),
	recordedAt: instant,
	title: text,
	/** Of the written plan, e.g. `§4.2`. */
	planParagraph: text,
	scenario: text,
	instants: z.strictObject(
		Object.fromEntries(INSTANTS.map((name) => [name, instant.optional()])) as Record<
			(typeof INSTANTS)[number],
			z.ZodOptional<typeof instant>
		>,
	),
	restoredBackups: z.array(restoredBackup).max(1000),
	outcome: z.enum(OUTCOMES).optional(),
	/** A role of the plan rather than a person. */
	who: text,
	notes: text,
	data: z.json().optional(),
});

/** @see eventSchema */
export type EventRecord = z.infer<typeof eventSchema>;
