import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { CommandsInspector } from '../../../core/redis/commands/inspector';
import {
	endCommand,
	functionsCommand,
	restoreCommand,
	selectCommand,
} from '../../../core/redis/commands/payload';
import { Crc64 } from '../../../core/redis/rdb/crc64';
import { CommandReader } from '../../../core/redis/resp/command-reader';
import { cutAt, overwrite, overwriting } from '../../support/overwriting';
import { Damaged, everyMultiple } from './inspecting';
import { library, string, VALUES } from './rdb-writer';

/** What DUMP answers. */
function dumped(body: Buffer, version = 12): Buffer {
	const versioned = Buffer.concat([body, Buffer.from([version, 0])]);
	return Buffer.concat([versioned, new Crc64().update(versioned).toBuffer()]);
}

const value = (type: number, bytes: Buffer) => dumped(Buffer.concat([Buffer.from([type]), bytes]));
const redisValues = VALUES.filter(({ type, valkey }) => !valkey && type !== 32);

function payload(keys = redisValues.length): Buffer {
	const commands = redisValues.map((example, index) =>
		restoreCommand(
			Buffer.from(`key ${index}\r\n`),
			index % 2 === 0 ? undefined : 1_800_000_000_000,
			value(example.type, example.value),
		),
	);
	const functions = functionsCommand(dumped(Buffer.concat([library('a'), library('b')])));
	return Buffer.concat([functions, selectCommand(3), ...commands, endCommand(keys)].flat());
}

async function inspect(bytes: Buffer, pieceBytes = bytes.length) {
	const inspector = new CommandsInspector('redis', (what) => new Damaged(what));
	const pieces = cutAt(bytes, everyMultiple(pieceBytes, bytes.length));
	await pipeline(Readable.from(pieces), inspector, overwriting());
	return inspector.summary;
}

it('keeps words whole wherever they are cut, though each piece is used again at once', () => {
	const bytes = payload();
	const commands = (places: readonly number[]) => {
		const found: string[] = [];
		const reader = new CommandReader(
			{
				passesBy: () => false,
				piece: () => undefined,
				command: (words) => found.push(words.map((word) => word.toString('latin1')).join(' ')),
			},
			(what) => new Damaged(what),
		);
		for (const piece of cutAt(bytes, places)) {
			reader.push(piece);
			overwrite(piece);
		}
		reader.end();
		return found;
	};
	const whole = commands([]);
	expect(whole).toHaveLength(redisValues.length + 3);
	fc.assert(
		fc.property(fc.array(fc.nat(bytes.length), { maxLength: 200 }), (places) => {
			expect(commands(places)).toEqual(whole);
		}),
	);
});

it.each([1, 2, 5, 64, 10_000])('counts what is in it, in pieces of %i bytes', async (size) => {
	const { census, functionLibraries, moduleTypes, rdbVersion } = await inspect(payload(), size);
	expect(census.databases).toMatchObject([
		{ index: 3, keys: redisValues.length, expiring: Math.floor(redisValues.length / 2) },
	]);
	expect({ functionLibraries, moduleTypes, rdbVersion }).toEqual({
		...{ functionLibraries: 2, moduleTypes: ['ReJSON-RL'], rdbVersion: 12 },
	});
});

it('is refused wherever it breaks off, and with one key less than it says', async () => {
	const whole = payload();
	for (let bytes = 0; bytes < whole.length; bytes += 13) {
		await expect(inspect(whole.subarray(0, bytes))).rejects.toThrow(Damaged);
	}
	await expect(inspect(payload(redisValues.length + 1))).rejects.toThrow('another number of keys');
	await expect(inspect(Buffer.concat([whole, ...selectCommand(1)]))).rejects.toThrow('goes on');
});

it.each([
	['a wrong checksum', Buffer.concat([value(0, string('x')).subarray(0, -1), Buffer.from([1])])],
	['more than one value', value(0, Buffer.concat([string('x'), Buffer.from([0]), string('y')]))],
	['half a value', value(1, Buffer.from([2, 1, 65]))],
	['a type that there is not', value(99, string('x'))],
	['nothing', Buffer.alloc(0)],
])('refuses a value with %s', async (_, bytes) => {
	const command = restoreCommand(Buffer.from('key'), undefined, bytes);
	const all = Buffer.concat([selectCommand(0), command, endCommand(1)].flat());
	await expect(inspect(all)).rejects.toThrow(Damaged);
});

it('takes a value of a newer version on its checksum alone', async () => {
	const command = restoreCommand(
		Buffer.from('key'),
		undefined,
		dumped(Buffer.from([99, 1, 2, 3]), 90),
	);
	const { census } = await inspect(
		Buffer.concat([selectCommand(0), command, endCommand(1)].flat()),
	);
	expect(census.databases).toMatchObject([{ keys: 1, types: { unknown: 1 } }]);
});

it('refuses commands that restore nothing', async () => {
	const flush = Buffer.from('*1\r\n$8\r\nFLUSHALL\r\n');
	await expect(inspect(Buffer.concat([flush, ...endCommand(0)]))).rejects.toThrow(Damaged);
});

it('never crashes or hangs, whatever the bytes', async () => {
	const sample = payload();
	const mutation = fc.record({ at: fc.nat(sample.length - 1), byte: fc.nat(255) });
	await fc.assert(
		fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (mutations) => {
			const bytes = Buffer.from(sample);
			for (const { at, byte } of mutations) bytes[at] = byte;
			try {
				await inspect(bytes, 100);
			} catch (error) {
				expect(error).toBeInstanceOf(Damaged);
			}
		}),
		{ numRuns: 500 },
	);
});
