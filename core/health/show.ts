import { type Condition, placeholderOf } from './conditions/condition';
import { type Resolved, Structure } from './conditions/evaluate';
import { durationInWords } from './duration-words';
import { Absent } from './observation';

/** More of a value than this is not shown. */
const LONGEST = 100;

const SECRET_NAME =
	/pass(word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key|private|auth|cookie|credential|session|signature/i;

/** What a text holds that is better not shown, and what stands in its place. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
	// Up to the last one: a password may have an @ of its own.
	[/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/]{1,500}@/gi, '$1…@'],
	[/\b(https?:\/\/[^\s?#]{1,500})[?#][^\s"']{1,500}/gi, '$1?…'],
	[/\b(bearer|basic)\s+[\w.~+/=-]{6,500}/gi, '$1 …'],
	[
		/((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization)["']?\s*[=:]\s*)["']?[^\s"',;&]{1,500}/gi,
		'$1…',
	],
	[/\beyJ[\w-]{5,500}(\.[\w-]{1,500}){0,2}/g, '…'],
];

/** A text of somebody else, cut and without what looks like a secret or a control character. */
export function showText(text: string, longest = LONGEST): string {
	// What is read is a little more than is shown, so that a secret at the edge is still recognised.
	const clean = SECRETS.reduce(
		(shown, [secret, instead]) => shown.replace(secret, instead),
		// eslint-disable-next-line no-control-regex
		text.slice(0, longest + 600).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' '),
	).trim();
	return clean.length <= longest ? clean : `${clean.slice(0, longest)}…`;
}

/** What was seen in the place of a placeholder, as the output shows it. */
export function showSeen(condition: Condition, seen: Resolved): string {
	if (seen instanceof Absent) return `nothing: ${seen.reason}`;
	if (seen instanceof Structure) {
		return seen.kind === 'list' ? `a list of ${seen.size}` : `an object with ${seen.size} fields`;
	}
	if (isCounted(condition)) return seen;
	if (isDuration(condition)) return durationInWords(Number(seen));
	if (isSecret(condition)) return 'a value that is not shown';
	if (isWholeDocument(condition) && (seen.length > LONGEST || /^[[{<]/.test(seen))) {
		return `a text of ${seen.length} characters`;
	}
	return seen === '' ? 'an empty text' : showText(seen);
}

/** A condition as the output shows it: what a secret is compared with is a secret too. */
export function showCondition(condition: Condition): string {
	if (!isSecret(condition) || isCounted(condition)) return condition.text;
	const placeholder = [condition.left, condition.right].map(placeholderOf).find(Boolean);
	const path = placeholder?.path.map((step) =>
		typeof step === 'number' ? `[${step}]` : `.${step}`,
	);
	return `[${placeholder?.name ?? ''}]${path?.join('') ?? ''} ${condition.operator} …`;
}

/** Whether `name` is that of something secret, as far as names can tell. */
export function isSecretName(name: string): boolean {
	return SECRET_NAME.test(name);
}

function isSecret({ left, right }: Condition): boolean {
	return [left, right].some((side) =>
		placeholderOf(side)?.path.some((step) => typeof step === 'string' && isSecretName(step)),
	);
}

function isCounted({ left, right }: Condition): boolean {
	return [left, right].some(({ kind }) => kind === 'len' || kind === 'has');
}

function isWholeDocument({ left, right }: Condition): boolean {
	return [left, right].some((side) => {
		const placeholder = placeholderOf(side);
		return placeholder?.type === 'document' && placeholder.path.length === 0;
	});
}

function isDuration({ left, right }: Condition): boolean {
	return [left, right].some((side) => placeholderOf(side)?.type === 'duration');
}
