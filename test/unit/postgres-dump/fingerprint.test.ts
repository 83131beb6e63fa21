import { compareFingerprints, scopeOf } from '../../../core/postgres/fingerprint';
import type { PostgresFingerprint } from '../../../core/repository/fingerprint';

const recorded: PostgresFingerprint = {
	component: 'postgres',
	countedIn: 'snapshot',
	checksums: true,
	tables: [
		{ schema: 'public', name: 'bookings', rows: 120_000, checksum: '-9223372036854775809' },
		{ schema: 'public', name: 'counted', rows: 1 },
	],
	sequences: [
		{ schema: 'public', name: 'id_seq', lastValue: '9007199254740993' },
		{ schema: 'public', name: 'unused', lastValue: null },
	],
	largeObjects: { count: 2 },
};

/** What is said about a copy that differs in `changes`. */
function said(changes: Partial<PostgresFingerprint>): string[] {
	return compareFingerprints(recorded, { ...recorded, ...changes }).map(({ sentence }) => sentence);
}

const [bookings, counted] = recorded.tables as [
	PostgresFingerprint['tables'][0],
	PostgresFingerprint['tables'][0],
];
const [idSeq, unused] = recorded.sequences as [
	PostgresFingerprint['sequences'][0],
	PostgresFingerprint['sequences'][0],
];

test('equal fingerprints have no differences, in whatever order', () => {
	expect(said({})).toEqual([]);
	expect(said({ tables: [counted, bookings], sequences: [unused, idSeq] })).toEqual([]);
});

test('each difference has its sentence', () => {
	expect(said({ tables: [{ ...bookings, rows: 119_998 }, counted] })).toEqual([
		'public.bookings has 119,998 rows, the backup recorded 120,000.',
	]);
	expect(said({ tables: [{ ...bookings, checksum: '-9223372036854775808' }, counted] })).toEqual([
		"public.bookings has the right number of rows, but their content differs from the backup's.",
	]);
	expect(said({ tables: [bookings] })).toEqual([
		'public.counted is missing, the backup recorded 1 row.',
	]);
	expect(said({ largeObjects: { count: 1 } })).toEqual([
		'There are 1 large objects, the backup recorded 2.',
	]);
});

test('content that could not be compared is not called equal', () => {
	const { checksum, ...unsummed } = bookings;
	expect(checksum).toBeDefined();
	expect(said({ tables: [unsummed, counted] })).toEqual([
		'The content of public.bookings could not be compared, only its 120,000 rows.',
	]);
});

test('a sequence may be ahead, but neither behind nor missing', () => {
	expect(said({ sequences: [{ ...idSeq, lastValue: '9007199254740994' }, unused] })).toEqual([]);
	expect(said({ sequences: [idSeq, { ...unused, lastValue: '5' }] })).toEqual([]);
	expect(said({ sequences: [{ ...idSeq, lastValue: '9007199254740992' }, unused] })).toEqual([
		'The sequence public.id_seq stands at 9007199254740992, the backup recorded 9007199254740993.',
	]);
	expect(said({ sequences: [{ ...idSeq, lastValue: null }, unused] })).toEqual([
		'The sequence public.id_seq was never used, the backup recorded 9007199254740993.',
	]);
	expect(said({ sequences: [idSeq] })).toEqual(['The sequence public.unused is missing.']);
});

test('a copy is asked for the checksums that were recorded, and no others', () => {
	expect(scopeOf(recorded).tables).toEqual([
		{ schema: 'public', name: 'bookings', checksum: true },
		{ schema: 'public', name: 'counted', checksum: false },
	]);
});
