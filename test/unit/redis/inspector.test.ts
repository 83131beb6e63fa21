import fc from 'fast-check';
import { RdbWalker } from '../../../core/redis/rdb/walker';
import { cutAt, overwrite } from '../../support/overwriting';
import { Damaged, everyMultiple, inspect, inspectPieces } from './inspecting';
import { entry, everything, expiry, HUGE, length, rdb, select, string, VALUES } from './rdb-writer';

const names = (file: Buffer, pieceBytes = file.length): string[] => {
	const found: string[] = [];
	const walker = new RdbWalker(
		{ key: ({ database, name }) => void found.push(`${database} ${name}`) },
		(what) => new Damaged(what),
	);
	for (const piece of cutAt(file, everyMultiple(pieceBytes, file.length))) {
		walker.push(piece);
		overwrite(piece);
	}
	walker.end();
	return found;
};

describe('a whole file', () => {
	it.each(VALUES.map((value) => [`${value.type}`, value] as const))(
		'is counted with a value of type %s',
		async (_, { type, name, value, valkey }) => {
			const template = Buffer.concat([Buffer.from([242, 3, 2]), string('f'), string('g')]);
			const file = rdb(
				[
					...(valkey ? [] : [template]),
					select(5),
					expiry(1),
					entry(type, 'a', value),
					entry(0, 'b', string('x')),
				],
				valkey ? { magic: 'VALKEY080' } : {},
			);
			const { contents, crc } = await inspect(file, 3);
			expect(crc).toBe('verified');
			const [database] = contents?.census.databases ?? [];
			expect(database).toMatchObject({ index: 5, keys: 2, expiring: 1 });
			const types = name === 'string' ? { string: 2 } : { [name]: 1, string: 1 };
			expect(database?.types).toEqual(types);
			expect(contents?.moduleTypes).toEqual(type === 7 ? ['ReJSON-RL'] : []);
		},
	);

	it.each([false, true])('gives up all of its facts (Valkey: %s)', async (valkey) => {
		const { contents, ...rest } = await inspect(everything({ valkey }));
		expect(rest).toMatchObject({
			...{ flavor: valkey ? 'valkey' : 'redis', version: valkey ? 80 : 12, crc: 'verified' },
			aux: { 'redis-ver': '8.0.2', ctime: '1795385081' },
		});
		expect(contents?.functionLibraries).toBe(1);
		expect(contents?.census.databases.map(({ index }) => index)).toEqual([0, 70]);
	});

	it('is read in the same way however it is cut', async () => {
		const file = everything();
		const whole = (await inspect(file)).contents?.census.databases;
		for (const size of [1, 2, 3, 7, 16, 100]) {
			expect((await inspect(file, size)).contents?.census.databases).toEqual(whole);
		}
		expect(names(file, 1)).toEqual(names(file));
	});

	it('is read in the same way wherever it is cut, though each piece is used again at once', async () => {
		for (const file of [everything(), everything({ valkey: true })]) {
			const whole = await inspect(file);
			await fc.assert(
				fc.asyncProperty(fc.array(fc.nat(file.length), { maxLength: 200 }), async (places) => {
					expect(await inspectPieces(cutAt(file, places))).toEqual(whole);
				}),
				{ numRuns: 300 },
			);
		}
	});

	it('has names in every encoding', () => {
		expect(names(everything()).slice(-2)).toEqual(['70 -12', `70 ${'n'.repeat(50)}`]);
	});

	it('is told apart by the name, the type and the expiry of each key, in any order', async () => {
		const digest = async (...parts: Buffer[]) =>
			(await inspect(rdb([select(0), ...parts]))).contents?.census.databases[0]?.digest;
		const [a, b] = [entry(0, 'a', string('x')), entry(0, 'b', string('x'))];
		const expected = await digest(a, b);
		expect(expected).toMatch(/^[0-9a-f]{16}$/);
		expect(await digest(b, a)).toBe(expected);
		expect(await digest(a, entry(0, 'c', string('x')))).not.toBe(expected);
		expect(await digest(a, entry(2, 'b', Buffer.from([0])))).not.toBe(expected);
		expect(await digest(a, expiry(5), b)).not.toBe(expected);
	});
});

describe('the checksum', () => {
	it('is never called verified where there is none', async () => {
		expect((await inspect(everything({ checksum: false }))).crc).toBe('disabled');
		const old = rdb([select(0), entry(0, 'a', string('x'))], { magic: 'REDIS0004' });
		expect((await inspect(old.subarray(0, -8))).crc).toBe('absent');
	});

	it('gives away every byte that is wrong', async () => {
		const file = everything();
		for (let at = 0; at < file.length; at += 17) {
			const bent = Buffer.from(file);
			bent[at] = (bent[at] as number) ^ 0x10;
			await expect(inspect(bent)).rejects.toThrow(Damaged);
		}
	});

	it('is enough for a version that is too new to be understood', async () => {
		const unheardOf = (options: { magic: string; checksum?: boolean }) =>
			rdb([select(0), entry(99, 'key', string('value'))], options);
		const summary = await inspect(unheardOf({ magic: 'REDIS0099' }));
		expect(summary).toMatchObject({ version: 99, crc: 'verified' });
		expect(summary.contents).toBeUndefined();
		await expect(inspect(unheardOf({ magic: 'REDIS0099', checksum: false }))).rejects.toThrow(
			'there is no type 99',
		);
		await expect(inspect(unheardOf({ magic: 'REDIS0012' }))).rejects.toThrow('there is no type 99');
	});
});

describe('a damaged file', () => {
	it('is refused wherever it breaks off', async () => {
		const file = everything({ checksum: false });
		for (let bytes = 0; bytes < file.length; bytes++) {
			expect(() => names(file.subarray(0, bytes))).toThrow(Damaged);
		}
		for (const bytes of [0, 5, 9, 500, file.length - 9, file.length - 1]) {
			await expect(inspect(file.subarray(0, bytes))).rejects.toThrow(Damaged);
		}
	});

	it.each([
		['goes on behind its end', Buffer.concat([everything(), Buffer.from([0])])],
		['does not begin as an RDB file', Buffer.from('HTTP/1.1 200 OK and so on, for a while')],
		['has version 0', rdb([], { magic: 'REDIS0000' })],
		['has a string longer than any', rdb([select(0), Buffer.from([0]), HUGE])],
		['has more elements than it has bytes', rdb([Buffer.from([1, 1, 65]), HUGE, string('a')])],
		['has no such template', rdb([entry(32, 'a', Buffer.from([9, 1]))])],
		['has an unknown encoding', rdb([entry(0, 'a', Buffer.from([0xc9]))])],
		['has a compressed name that is none', rdb([Buffer.from([0, 0xc3, 2, 9, 255, 255])])],
		['has a compressed name of a gigabyte', rdb([Buffer.from([0, 0xc3, 2]), HUGE, string('a')])],
		['has a number where a string can be', rdb([Buffer.from([254, 0xc0, 1])])],
		['has a length that makes no sense', rdb([Buffer.from([254, 0x82])])],
	])('is refused where it %s', async (_, file) => {
		await expect(inspect(file)).rejects.toThrow(Damaged);
	});

	it('never crashes, hangs or takes memory, whatever the bytes', () => {
		const samples = [everything(), everything({ valkey: true })];
		const mutation = fc.record({ at: fc.nat(2000), bytes: fc.uint8Array({ maxLength: 12 }) });
		fc.assert(
			fc.property(
				fc.constantFrom(...samples),
				fc.array(mutation, { minLength: 1, maxLength: 8 }),
				fc.integer({ min: 1, max: 300 }),
				(sample, mutations, pieceBytes) => {
					const file = Buffer.from(sample);
					for (const { at, bytes } of mutations)
						file.set(bytes.slice(0, Math.max(0, file.length - at)), Math.min(at, file.length));
					const walker = new RdbWalker({}, (what) => new Damaged(what));
					try {
						for (let at = 0; at < file.length; at += pieceBytes) {
							walker.push(file.subarray(at, at + pieceBytes));
						}
						walker.end();
					} catch (error) {
						expect(error).toBeInstanceOf(Damaged);
					}
				},
			),
			{ numRuns: 5000 },
		);
	});

	// What goes by the counts instead would not end in a lifetime.
	it('is refused in time that goes with its size, however deep its counts', () => {
		const counts = Buffer.concat(
			Array.from({ length: 1000 }, () => Buffer.from([15, 1, 65, 0x81])),
		);
		const modules = Buffer.concat([
			...[Buffer.from('REDIS0012'), Buffer.from([7, 1, 65]), length(1)],
			Buffer.alloc(2_000_000, 1),
		]);
		for (const file of [Buffer.concat([Buffer.from('REDIS0012'), counts]), modules]) {
			const walker = new RdbWalker({}, (what) => new Damaged(what));
			expect(() => {
				walker.push(file);
				walker.end();
			}).toThrow(Damaged);
		}
	});
});
