import type { IDataObject } from 'n8n-workflow';

import { calledWorkflows, type Answer } from '../support/called-workflow';
import { createEngine } from '../support/engine-harness';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'ask-for-approval': shipped } = shippedWorkflows() as Record<
	'ask-for-approval',
	ShippedWorkflow
>;
const NOTHING = 'Niet terugzetten';
const QUESTION = {
	...{ incident: 'incident-1', kind: 'incident', type: 'data', who: 'DevOps', hit: 'bookings' },
	...{
		began: '2026-11-23T02:00:00.000Z',
		triage: 'Niet in orde: Platform.',
		details: 'Platform: 503',
	},
	postgresOptions: [
		'mrdj-20261123014500 · 20 min oud',
		'mrdj-20261123011500 · 50 min oud',
		NOTHING,
	],
	postgresIds: ['mrdj-20261123014500', 'mrdj-20261123011500'],
	redisOptions: ['redis-20261123014500 · 20 min oud', NOTHING],
	redisIds: ['redis-20261123014500'],
};
const CHOSEN = {
	'Postgres terugzetten naar': QUESTION.postgresOptions[0],
	'Redis terugzetten naar': QUESTION.redisOptions[0],
};
const TYPED = { 'Naam van het doel, ter bevestiging': ' MR-DJ.nl', Besluit: 'Goedkeuren' };
const CODE = 'Code uit uw mail, als die er een heeft';
const SUBMITTED = { submittedAt: '2026-11-23T03:00:00.000+01:00', ...CHOSEN };

/** What somebody fills in who sees this form; without `submittedAt` nobody has. */
type Fill = (form: IDataObject, round: number) => IDataObject;

interface Case {
	values?: SettingsValues;
	fill?: Fill;
	tell?: Answer;
	asked?: IDataObject;
}

const told: Answer = () => ({ mail: 'sent', slack: 'sent', reasons: [] });

async function ask({ values = {}, fill, tell = told, asked = {} }: Case = {}) {
	const forms: IDataObject[] = [];
	const called = calledWorkflows({ drTellPeople: tell });
	const engine = await createEngine({
		library: { ...called.library, drSettings: settingsWith(values), [shipped.id]: shipped },
		outside: called.outside((node, parameters) => {
			expect(node).toBe('Wait for the answer');
			forms.push(parameters);
			return fill?.(parameters, forms.length) ?? {};
		}),
	});
	const { error, last } = await engine.run(shipped, {
		...{ startAt: 'Called by another workflow', items: [{ json: { ...QUESTION, ...asked } }] },
	});
	const mails = called.calls.map((call) => call.asked);
	return { error: error?.message, answer: last[0]?.[0]?.json ?? {}, forms, mails };
}

const by = (name: string, more: IDataObject = TYPED): Fill => {
	return () => ({ ...SUBMITTED, 'Wie bent u': name, ...more });
};

const field = (form: IDataObject, label: string) =>
	(form['formFields'] as { values: { fieldLabel: string; fieldOptions: object }[] }).values.find(
		({ fieldLabel }) => fieldLabel === label,
	);

const options = (form: IDataObject, label: string) =>
	(field(form, label)?.fieldOptions as { values: { option: string }[] }).values
		.map(({ option }) => option)
		.filter((option) => option !== '');

test('one message to all approvers, and a form with the restore points, the proposed one chosen', async () => {
	const { error, answer, forms, mails } = await ask({ fill: by('Tech lead') });
	expect(error).toBeUndefined();
	expect(mails).toMatchObject([
		{
			...{ to: 'techlead@mr-dj.nl, ops@mr-dj.nl', onlyMail: false },
			subject: '[Mister DJ] Goedkeuring gevraagd: herstel incident-1',
			message: expect.stringMatching(
				/^DevOps vraagt .+gegevens beschadigd\.\n\nDoel: mr-dj\.nl\nBegin: 23-11-2026 03:00\n[^]+Platform: 503[^]+\nhttp:\/\/\S+form-waiting\/\S+\n/,
			) as unknown,
		},
	]);
	expect(mails[0]?.['message']).toContain(`Postgres: ${QUESTION.postgresOptions[0]}\n`);
	const [form] = forms as [IDataObject];
	expect(options(form, 'Wie bent u')).toEqual(['Tech lead', 'DevOps engineer']);
	expect(options(form, 'Postgres terugzetten naar')).toEqual(QUESTION.postgresOptions);
	expect(field(form, 'Postgres terugzetten naar')).toMatchObject({
		defaultValue: QUESTION.postgresOptions[0],
	});
	expect(answer).toMatchObject({
		...{ outcome: 'done', verdict: 'approved', by: 'Tech lead' },
		...{ postgres: QUESTION.postgresIds[0], redis: QUESTION.redisIds[0] },
	});
});

test('what is chosen otherwise is what comes back', async () => {
	const other = {
		'Postgres terugzetten naar': QUESTION.postgresOptions[1],
		'Redis terugzetten naar': NOTHING,
	};
	const { answer } = await ask({ fill: by('Tech lead', { ...TYPED, ...other }) });
	expect(answer).toMatchObject({ postgres: QUESTION.postgresIds[1], redis: '' });
});

test.each<[what: string, fill: Fill, reason: RegExp]>([
	[
		'a name that is not the target’s',
		by('Tech lead', { ...TYPED, 'Naam van het doel, ter bevestiging': 'mr-dj' }),
		/de getypte naam is niet die van het doel/,
	],
	['an approval without a decision', by('Tech lead', { ...TYPED, Besluit: '' }), /NOG NIET GOED/],
	['a person who was not asked', by('Mallory'), /de code hoort bij geen van de gevraagde/],
])('%s is asked again, by the same link', async (_what, first, reason) => {
	const { answer, forms, mails } = await ask({
		fill: (form, round) => (round === 1 ? first : by('DevOps engineer'))(form, round),
	});
	expect(forms).toHaveLength(2);
	expect(forms[0]?.['formDescription']).not.toMatch(/NOG NIET GOED/);
	expect(forms[1]?.['formDescription']).toMatch(reason);
	expect(mails).toHaveLength(1);
	expect(answer).toMatchObject({ verdict: 'approved', by: 'DevOps engineer' });
});

test('a refusal needs no name, and comes back with its reason', async () => {
	const refusal = { Besluit: 'Weigeren', 'Opmerking, of waarom niet': 'Eerst kijken' };
	const { error, answer } = await ask({ fill: by('Tech lead', refusal) });
	expect(error).toBeUndefined();
	expect(answer).toMatchObject({
		...{ outcome: 'skipped', verdict: 'refused', by: 'Tech lead', reason: 'Eerst kijken' },
		says: 'Geweigerd door Tech lead. Eerst kijken',
	});
});

test('no answer in time is no approval, nor is one that comes too late', async () => {
	const nobody = await ask();
	expect(nobody.answer).toMatchObject({ outcome: 'skipped', verdict: 'expired', by: '' });
	expect(nobody.answer['says']).toMatch(
		/^Niet op tijd goedgekeurd: .+ voor \d\d-\d\d-\d{4} \d\d:\d\d\.$/,
	);
	const late = await ask({ values: { 'approval.limitMinutes': -1 }, fill: by('Tech lead') });
	expect(late.answer).toMatchObject({ verdict: 'expired' });
});

describe('with two persons', () => {
	const values = { 'approval.persons': 2 };
	const codeIn = (mail: IDataObject | undefined) =>
		/Uw code, alleen voor u: ([0-9a-f]{8})\n/.exec(String(mail?.['message']))?.[1] ?? '';

	/** Answers by the link in the mail to somebody. */
	async function askTwo(of: { asked?: IDataObject; answerOf: string; as?: string }) {
		const mails: IDataObject[] = [];
		return await ask({
			...{ values, ...(of.asked && { asked: of.asked }) },
			tell: (mail) => {
				mails.push(mail);
				return { mail: 'sent', slack: 'skipped', reasons: [] };
			},
			fill: (_form, round) => {
				const code = codeIn(mails.find(({ to }) => to === of.answerOf));
				return round === 1
					? { ...SUBMITTED, ...TYPED, 'Wie bent u': of.as ?? '', [CODE]: ` ${code.toUpperCase()}` }
					: {};
			},
		});
	}

	test('each gets a code of their own, by mail alone, and that says who answers', async () => {
		const { answer, forms, mails } = await askTwo({
			...{ answerOf: 'ops@mr-dj.nl', as: 'Tech lead' },
		});
		expect(mails.map(({ to, onlyMail }) => ({ to, onlyMail }))).toEqual([
			{ to: 'techlead@mr-dj.nl', onlyMail: true },
			{ to: 'ops@mr-dj.nl', onlyMail: true },
		]);
		expect(new Set(mails.map(codeIn)).size).toBe(2);
		expect(options(forms[0]!, 'Wie bent u')).toEqual(['volgt uit uw code']);
		expect(answer).toMatchObject({ verdict: 'approved', by: 'DevOps engineer' });
	});

	test('the second one is another person, who is told of the first', async () => {
		const asked = { approvedBy: 'DevOps engineer' };
		const { answer, mails } = await askTwo({ asked, answerOf: 'techlead@mr-dj.nl' });
		expect(mails.map(({ to }) => to)).toEqual(['techlead@mr-dj.nl']);
		expect(mails[0]?.['message']).toContain('DevOps engineer heeft al goedgekeurd');
		expect(answer).toMatchObject({ verdict: 'approved', by: 'Tech lead' });
	});

	test('the first one cannot answer for the second', async () => {
		const { answer, forms } = await askTwo({
			...{ asked: { approvedBy: 'DevOps engineer' }, answerOf: 'ops@mr-dj.nl', as: 'Tech lead' },
		});
		expect(forms[1]?.['formDescription']).toMatch(/de code hoort bij geen van de gevraagde/);
		expect(answer).toMatchObject({ verdict: 'expired' });
	});

	test('one approver alone is not enough to ask', async () => {
		const alone = { ...values, 'approval.approvers': 'Tech lead <techlead@mr-dj.nl>, nobody' };
		const { error, mails } = await ask({ values: alone });
		expect(error).toMatch(/^Niemand kon .+ geen 2 personen met een mailadres/);
		expect(mails).toEqual([]);
	});
});

test.each<[what: string, tell: Answer, said: RegExp]>([
	[
		'fails',
		() => {
			throw new Error('Nobody was told of it');
		},
		/Nobody was told of it/,
	],
	[
		'is switched off',
		() => ({ mail: 'skipped', slack: 'skipped', reasons: ['Mail: off'] }),
		/Mail: off/,
	],
])(
	'when every way to tell people %s, it does not wait for an answer',
	async (_what, tell, said) => {
		const { error, forms } = await ask({ tell });
		expect(error).toMatch(/^Niemand kon om goedkeuring worden gevraagd: /);
		expect(error).toMatch(said);
		expect(forms).toEqual([]);
	},
);

test('in a drill every message says so; what people typed cannot become a page of its own', async () => {
	const { mails, forms } = await ask({
		...{ asked: { kind: 'drill', triage: '<img src=x>' }, fill: by('Tech lead') },
	});
	expect(mails[0]?.['subject']).toMatch(/^\[OEFENING\] \[Mister DJ\]/);
	expect(forms[0]?.['formDescription']).toContain('&lt;img src=x>');
});
