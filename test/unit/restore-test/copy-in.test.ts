import { CopyIn, isCopyIn } from '../../../core/postgres/restore-test/in-process/copy-in';
import {
	answersIn,
	wireMessage,
	WireReader,
	wireText,
} from '../../../core/postgres/restore-test/in-process/wire-messages';

const MEBIBYTE = 1024 ** 2;

/** Takes rows as the database does, and remembers what it got. */
function fakeDatabase() {
	const statements: Buffer[] = [];
	const execute = (messages: Buffer) => {
		const data = answersIn(messages).find(({ type }) => type === 'd')?.body ?? Buffer.alloc(0);
		statements.push(data);
		const rows = data.toString('latin1').split('\n').length - 1;
		return Promise.resolve(wireMessage('C', wireText(`COPY ${rows}`)));
	};
	return { statements, execute };
}

it('tells a COPY that wants rows from other statements', () => {
	expect(isCopyIn('COPY public."from stdin" (a) FROM stdin')).toBe(true);
	expect(isCopyIn("COPY t FROM stdin WITH (ENCODING 'LATIN1')")).toBe(true);
	expect(isCopyIn('COPY t TO stdout')).toBe(false);
	expect(isCopyIn("SELECT 'COPY t FROM stdin'")).toBe(false);
});

it('cuts rows into statements behind line feeds only, and loses none', async () => {
	const { statements, execute } = fakeDatabase();
	const copy = new CopyIn('COPY t FROM stdin', execute);
	const row = `${'x'.repeat(1000)}\n`;
	const all = Buffer.from(row.repeat(10_000));
	for (let at = 0; at < all.length; at += 65_537) {
		expect(await copy.push(all.subarray(at, at + 65_537))).toBeUndefined();
	}
	const [answer] = answersIn(await copy.end());
	expect(answer?.body.toString()).toBe('COPY 10000\0');
	expect(Buffer.concat(statements).equals(all)).toBe(true);
	expect(statements.length).toBeGreaterThan(1);
	for (const one of statements) expect(one.at(-1)).toBe(10);
});

it('asks the database also where there are no rows', async () => {
	const { statements, execute } = fakeDatabase();
	const [answer] = answersIn(await new CopyIn('COPY t FROM stdin', execute).end());
	expect(answer?.body.toString()).toBe('COPY 0\0');
	expect(statements).toHaveLength(1);
});

it('refuses a row that no database of 2 GB could take, before it fills the memory', async () => {
	const copy = new CopyIn('COPY t FROM stdin', fakeDatabase().execute);
	const part = Buffer.alloc(16 * MEBIBYTE, 'x');
	for (let size = 16; size <= 256; size += 16) expect(await copy.push(part)).toBeUndefined();
	const refusal = await copy.push(part);
	expect(refusal?.toString()).toMatch(/C54000\0Ma row has more than 256 MB/);
});

it('finds messages wherever they are cut', () => {
	const bytes = Buffer.concat([
		Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]),
		wireMessage('Q', wireText('SELECT 1')),
		wireMessage('X'),
	]);
	for (let size = 1; size <= bytes.length; size++) {
		const reader = new WireReader();
		const found = [];
		for (let at = 0; at < bytes.length; at += size) {
			found.push(...reader.push(bytes.subarray(at, at + size)));
		}
		expect(found.map(({ type, body }) => [type, body.toString('latin1')])).toEqual([
			['', '\0\x03\0\0'],
			['Q', 'SELECT 1\0'],
			['X', ''],
		]);
	}
});
