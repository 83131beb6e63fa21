import { eventually } from '../eventually';
import type { ReceivedMail } from '../mail-server';

/** In the order in which the form of *Ask for approval* has them. */
const FIELDS = ['who', 'postgres', 'redis', 'target', 'decision', 'remark', 'code'] as const;
/** While a run is at work n8n gives no answer at all. */
const ANSWER_LIMIT_MS = 3_000;
const WORK_LIMIT_MS = 60_000;

type Field = (typeof FIELDS)[number];

/** What somebody fills in; the rest is sent as the page has it. */
export type ApprovalAnswer = Partial<Record<Field, string>>;

/** The form of *Ask for approval* as a browser shows it. */
export interface ApprovalForm {
	readonly status: number;
	readonly text: string;
	/** What is chosen already. */
	readonly values: Readonly<Record<Field, string>>;
}

/** The link in a mail that asks for an approval; n8n may answer elsewhere since it was sent. */
export function approvalLink({ text }: ReceivedMail, n8nUrl: string): string {
	const [found] = /http\S+\/form-waiting\/\S+/.exec(text) ?? [];
	if (found === undefined) throw new Error(`No link to a form in: ${text}`);
	const { pathname, search } = new URL(found);
	return new URL(pathname + search, n8nUrl).href;
}

/** What is in the mail for its reader alone, where two persons have to approve. */
export function approvalCode({ text }: ReceivedMail): string {
	const [, code] = /Uw code, alleen voor u: (\S+)/.exec(text) ?? [];
	if (code === undefined) throw new Error(`No code in: ${text}`);
	return code;
}

/** Tries again while the run is at work. */
export async function openApproval(link: string): Promise<ApprovalForm> {
	const { status, page } = await eventually(async () => {
		const response = await fetch(link, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
		return { status: response.status, page: await response.text() };
	}, WORK_LIMIT_MS);
	const valueOf = (index: number) =>
		new RegExp(`<select id='field-${index}'[^]*?<option value='([^']*)' selected`).exec(
			page,
		)?.[1] ?? '';
	const values = Object.fromEntries(FIELDS.map((field, index) => [field, valueOf(index)]));
	const text = page.replace(/<(style|script)[^]*?<\/\1>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');
	return { status, text, values: values as ApprovalForm['values'] };
}

/** Opens the form and presses its button; the status that n8n answers with, 0 where it does not. */
export async function answerApproval(link: string, answer: ApprovalAnswer): Promise<number> {
	const { values } = await openApproval(link);
	return await pressButton(link, { ...values, ...answer });
}

/** Presses the button of a form that is open already. */
export async function pressButton(link: string, answer: ApprovalAnswer): Promise<number> {
	const body = new FormData();
	FIELDS.forEach((field, index) => {
		const value = answer[field] ?? '';
		if (field !== 'decision') body.set(`field-${index}`, value);
		else if (value) body.set(`field-${index}`, JSON.stringify([value]));
	});
	const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
	const response = await fetch(link, { method: 'POST', body, signal }).catch(() => undefined);
	return response?.status ?? 0;
}
