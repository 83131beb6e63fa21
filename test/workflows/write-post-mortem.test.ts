import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import type { IDataObject } from 'n8n-workflow';

import { findIncident } from '../../core/events/find-incident';
import type { EventRecord } from '../../core/events/event';
import { listBackups } from '../../core/repository/catalogue';
import { openPayload } from '../../core/repository/read-backup';
import { openRepository, type Repository } from '../../core/repository/repository';
import { createEngine } from '../support/engine-harness';
import { createNotion, type Notion } from '../support/notion';
import { type NotionReached, reachNotion } from '../support/notion/asked-in-process';
import { writeEvent } from '../support/report/listed-backups';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'write-post-mortem': shipped, 'tell-people': tellPeople } = shippedWorkflows() as Record<
	'tell-people' | 'write-post-mortem',
	ShippedWorkflow
>;
const INCIDENT = 'incident-2026-11-20';
const ENCRYPTION = { kind: 'none' } as const;
/** In the time of the site. */
const at = (time: string) => new Date(`2026-11-20T${time}+01:00`).toISOString();

let directory: string;
let repository: Repository;
let notion: Notion;
let reached: NotionReached;

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'dr-post-mortem-'));
	repository = openRepository({ directory: { path: directory }, encryption: ENCRYPTION });
	notion = createNotion();
	reached = await reachNotion(notion);
});

afterEach(async () => {
	await reached.stop();
	await rm(directory, { recursive: true, force: true });
});

interface Case {
	/** What the calling workflow gives, or somebody in the form; by hand where there is neither. */
	item?: IDataObject;
	form?: IDataObject;
	values?: SettingsValues;
	isMailDown?: boolean;
}

async function write({ item, form, values = {}, isMailDown = false }: Case = {}) {
	const mails: IDataObject[] = [];
	const engine = await createEngine({
		library: {
			drSettings: settingsWith({ 'slack.channel': '', ...values }),
			drTellPeople: withoutRetries(tellPeople),
		},
		credentials: {
			'Backup repository': { storage: 'directory', directory, encryption: 'none' },
		},
		outside: async (node, parameters) => {
			if (node === 'Make a Notion page') return await reached.ask(parameters);
			if (isMailDown) throw new Error('connect ECONNREFUSED');
			mails.push(parameters);
			return { messageId: '<1@example>', rejected: [] };
		},
	});
	const start = item
		? { startAt: 'Called by another workflow', items: [{ json: item }] }
		: form && { startAt: 'Asked in a form', items: [{ json: form }] };
	const { error, output } = await engine.run(withoutRetries(shipped), start);
	return {
		...{ error: error?.message, mails },
		handedOn: output('Hand on the result')[0]?.[0]?.json,
		summary: output('Sum up')[0]?.[0]?.json,
	};
}

/** Keeps a record of that time. */
async function record(time: string, told: Partial<EventRecord>): Promise<void> {
	await writeEvent(repository, {
		...{ kind: 'incident', incident: INCIDENT, recordedAt: at(time) },
		...told,
	});
}

const files = async () =>
	(await listBackups(repository, { component: 'file', name: `post-mortem-${INCIDENT}` })).backups;

/** The newest version. */
async function document(): Promise<string> {
	const [newest] = await files();
	if (!newest) throw new Error('There is no post-mortem.');
	return await text((await openPayload(repository, newest)).stream);
}

const recorded = async () => (await findIncident(repository, INCIDENT)).history?.incident;

const RESTORED = {
	...{ id: 'mrdj-20261120122500', component: 'postgres', consistencyPoint: at('13:25:00') },
	...{ exact: true, storedSha256: '0123456789abcdef'.repeat(4) },
};

/** A database that was lost, and brought back in an hour and a half from a backup of 35 minutes before. */
async function tellTheStory(): Promise<void> {
	await record('14:12:00', {
		...{ title: 'De database is weg', scenario: 'Gegevens beschadigd', who: 'Tech lead' },
		instants: { impactStart: at('14:00:00'), declared: at('14:10:00') },
		notes: 'Incident afgekondigd:\nde server antwoordt niet.',
	});
	await record('14:30:20', {
		data: { step: 'Restore backend', outcome: 'failed', says: 'backend (restarting).' },
		instants: { restoreStarted: at('14:30:00') },
	});
	const says = 'Teruggezet:\n9 tabellen.';
	await record('14:31:10', {
		data: {
			...{ step: 'Restore Postgres', outcome: 'done', says, backupId: RESTORED.id },
			...{ tables: 9, rows: 1234, restoreSeconds: 35 },
		},
		...{ notes: says, planParagraph: '§4.2', restoredBackups: [RESTORED] },
	});
	await record('15:32:00', {
		instants: { dataRestored: at('14:31:00'), serviceHealthy: at('15:30:05') },
		outcome: 'succeeded',
	});
}

describe('Write post-mortem', () => {
	it('writes what is known as one document, for the roles of the plan', async () => {
		await tellTheStory();
		const { error, handedOn, mails } = await write({ item: { incident: INCIDENT } });
		expect(error).toBeUndefined();
		expect(await document()).toBe(`# Post-mortem: De database is weg

- Waar: Mister DJ
- Vastgelegd als: incident ${INCIDENT}
- Scenario: Gegevens beschadigd
- Uitkomst: geslaagd

## Samenvatting

- Impact: 20-11-2026 14:00:00 – 20-11-2026 15:30:05
- Hersteltijd (RTA): 1 u 30 min 5 s. Doel (RTO): hooguit 4 u. Gehaald.
- Gegevensverlies (RPA): 35 min. Doel (RPO): hooguit 1 u. Gehaald.
- Van afkondiging tot herstel: 1 u 20 min 5 s. Terugzetten van de gegevens: 1 min.

## Oorzaak

nog in te vullen (formulier van "Write post-mortem")

## Tijdlijn

Tijden in Europe/Amsterdam.

- 20-11-2026 14:00:00 – **Begin van de impact (t0)**
- 20-11-2026 14:10:00 – **Incident afgekondigd (t2)**
- 20-11-2026 14:12:00 – Incident afgekondigd: de server antwoordt niet. (Tech lead)
- 20-11-2026 14:30:00 – **Terugzetten begonnen (t3)**
- 20-11-2026 14:31:00 – **Gegevens terug (t4)**
- 20-11-2026 14:31:10 – Teruggezet: 9 tabellen.
- 20-11-2026 15:30:05 – **Platform weer in orde (t5)**
- 20-11-2026 15:32:00 – **Uitkomst: geslaagd**

## Wat is teruggezet

- postgres: back-up ${RESTORED.id}, stand van 20-11-2026 13:25:00, verlies 35 min; SHA-256 van het bestand in de opslag ${RESTORED.storedSha256}; 9 tabellen, 1234 rijen; 35 s.

## Wat is gedaan

- **MISLUKT** Restore backend: backend (restarting).
- Restore Postgres: Teruggezet: 9 tabellen.
- Incident afgekondigd: de server antwoordt niet.

Verder opgelost: nog in te vullen (formulier van "Write post-mortem")

## Acties

- [ ] Tech lead <techlead@mr-dj.nl>: stelt de oorzaak vast en vult deze hier aan
- [ ] Tech lead <techlead@mr-dj.nl>: bespreekt deze post-mortem en werkt het plan bij (§5)
- [ ] DevOps engineer <ops@mr-dj.nl>: zoekt uit waarom een stap mislukte: Restore backend
- [ ] DevOps engineer <ops@mr-dj.nl>: controleert dat er weer back-ups gemaakt worden, en ruimt op wat bij het terugzetten opzij is gezet
- [ ] QA lead <qa@mr-dj.nl>: controleert in het platform de gegevens van rond het incident, en rapporteert
- [ ] RentGuy support <support@rentguy.app>: vergelijkt met het platform wat in RentGuy is aangekomen van rond het incident

## Let op

Geen bijzonderheden.
`);
		const [file] = await files();
		expect(handedOn).toMatchObject({
			...{ step: 'Write post-mortem', outcome: 'done', doByHand: '', file: file?.id, address: '' },
			...{ rtaSeconds: 5405, rpaSeconds: 2100, metRto: true, metRpo: true, warnings: [] },
		});
		expect(mails).toMatchObject([
			{
				subject: '[Mister DJ] Post-mortem: De database is weg',
				text: expect.stringMatching(
					/1 u 30 min 5 s[^]*- \[ \] Tech lead[^]*\/form\/write-post-mortem$/,
				),
				options: { fileAttachments: 'data' },
			},
		]);
		expect(mails[0]?.['text']).not.toMatch(/\{\w+\}|undefined/);
	});

	it('keeps, sends and records nothing the second time', async () => {
		await tellTheStory();
		await write();
		const before = await recorded();
		const { error, handedOn, mails } = await write();
		expect(error).toBeUndefined();
		expect(handedOn).toMatchObject({ outcome: 'already', file: (await files())[0]?.id });
		expect(mails).toEqual([]);
		expect(await files()).toHaveLength(1);
		expect((await recorded())?.records).toBe(before?.records);
	});

	it('takes the cause from the form into a newer version, and does not forget it', async () => {
		await tellTheStory();
		await write();
		const cause = 'De schijf was vol: {notes} & $&.';
		const actions = '- Ops vergroot de schijf\n\n* [ ] QA test dat';
		await write({ form: { incident: INCIDENT, cause, fixed: '', actions } });
		expect(await files()).toHaveLength(2);
		const { handedOn } = await write({ item: { incident: INCIDENT, fixed: 'Logs opgeruimd' } });
		expect(handedOn).toMatchObject({ outcome: 'done' });
		const written = await document();
		expect(written).toContain(`## Oorzaak\n\n${cause}\n`);
		expect(written).toContain('Verder opgelost: Logs opgeruimd\n');
		expect(written).toContain('\n- [ ] Ops vergroot de schijf\n- [ ] QA test dat\n');
		expect(written).not.toContain('stelt de oorzaak vast');
	});

	it('says in so many words that targets were missed, and who looks into it', async () => {
		await tellTheStory();
		const values = {
			...{ 'objectives.recoveryPointMinutes': 30, 'objectives.recoveryTimeMinutes': 60 },
		};
		const { handedOn } = await write({ values });
		expect(handedOn).toMatchObject({ metRto: false, metRpo: false });
		const written = await document();
		expect(written).toContain('(RTA): 1 u 30 min 5 s. Doel (RTO): hooguit 1 u. NIET gehaald.');
		expect(written).toContain('(RPA): 35 min. Doel (RPO): hooguit 30 min. NIET gehaald.');
		expect(written).toMatch(
			/Tech lead .*: bepaalt waar de tijd bleef: het herstel duurde 1 u 30 min/,
		);
		expect(written).toMatch(/DevOps .*: laat de back-ups vaker maken .* er ging 35 min verloren/);
	});

	it('promises nothing of what was not measured, or may hold the damage', async () => {
		const later = { ...RESTORED, consistencyPoint: at('15:00:00') };
		await record('15:10:00', {
			instants: { impactStart: at('14:00:00') },
			restoredBackups: [later],
		});
		const { handedOn } = await write();
		expect(handedOn).toMatchObject({ rtaSeconds: null, rpaSeconds: 0, metRto: null, metRpo: null });
		const written = await document();
		expect(written).toContain('- Uitkomst: nog niet afgesloten\n');
		expect(written).toContain('- Impact: 20-11-2026 14:00:00 – duurt nog\n');
		expect(written).toContain('(RTA): niet gemeten. Doel (RTO): hooguit 4 u. Of het doel gehaald');
		expect(written).toMatch(
			/## Let op\n\n- Een teruggezette back-up is van na .*\n- Bij het schrijven was/,
		);
	});

	it('makes a page in Notion of each version, and tells where it is', async () => {
		await tellTheStory();
		const values = { 'notion.parentPageId': notion.parentPageId };
		const { handedOn, mails } = await write({ values });
		expect(notion.refused).toEqual([]);
		expect(handedOn).toMatchObject({ outcome: 'done', address: notion.pages[0]?.url });
		expect(mails[0]?.['text']).toContain(`Pagina in Notion: ${notion.pages[0]?.url}\n`);
		expect(notion.pages[0]).toMatchObject({
			title: 'Post-mortem: De database is weg',
			blocks: expect.arrayContaining([
				'bulleted_list_item: Uitkomst: geslaagd',
				'heading_2: Oorzaak',
				'paragraph: nog in te vullen (formulier van "Write post-mortem")',
				expect.stringMatching(/^to_do: RentGuy support/),
			]),
		});
		expect((await write({ values })).handedOn).toMatchObject({
			...{ outcome: 'already', address: notion.pages[0]?.url },
		});
		await write({ values, form: { cause: 'x'.repeat(3000) } });
		expect(notion.pages.map(({ title }) => title)).toEqual([
			'Post-mortem: De database is weg',
			'Post-mortem: De database is weg (versie 2)',
		]);
	});

	it('cuts a page that Notion would not take, and says where the rest is', async () => {
		await record('14:05:00', { instants: { impactStart: at('14:00:00') } });
		await write({
			form: { actions: Array.from({ length: 120 }, (_, n) => `actie ${n}`).join('\n') },
			values: { 'notion.parentPageId': notion.parentPageId },
		});
		expect(notion.refused).toEqual([]);
		expect(notion.pages[0]?.blocks).toHaveLength(100);
		expect(notion.pages[0]?.blocks.at(-1)).toBe(
			`paragraph: De rest staat in het bestand ${(await files())[0]?.id} in de back-upopslag.`,
		);
	});

	it.each<[what: string, spoil: () => Case, said: RegExp]>([
		[
			'Notion is down',
			() => {
				notion.goDown();
				return {};
			},
			/De pagina in Notion is niet gemaakt: HTTP 503, Notion is unavailable\./,
		],
		[
			'the page is not shared',
			() => ({ values: { 'notion.parentPageId': 'f'.repeat(32) } }),
			/De pagina in Notion is niet gemaakt: HTTP 404, Could not find page/,
		],
		['nobody can be told', () => ({ isMailDown: true }), /Niemand heeft bericht gekregen: /],
	])(
		'keeps the document when %s, fails, and does only that the next time',
		async (_what, spoil, said) => {
			await tellTheStory();
			const values = { 'notion.parentPageId': notion.parentPageId };
			const failed = await write({ values, ...spoil() });
			expect(failed.error).toMatch(said);
			expect(failed.error).toContain(`start "Write post-mortem" opnieuw met incident ${INCIDENT}`);
			expect(await files()).toHaveLength(1);
			notion.comeBack();
			const { error, handedOn, mails } = await write({ values });
			expect(error).toBeUndefined();
			expect(handedOn).toMatchObject({ outcome: 'done', address: notion.pages[0]?.url });
			expect([...failed.mails, ...mails]).toHaveLength(1);
			expect(notion.pages).toHaveLength(1);
			expect((await write({ values })).handedOn).toMatchObject({ outcome: 'already' });
		},
	);

	it('says so where nothing is recorded, or nothing can be read', async () => {
		const { error } = await write({ item: { incident: 'gisteren' } });
		expect(error).toMatch(/^Van gisteren is niets vastgelegd/);
		await rm(directory, { recursive: true });
		const unread = await write();
		expect(unread.error).toMatch(
			/^Van het nieuwste incident is niets te lezen, .*Herstel de toegang/,
		);
	});
});
