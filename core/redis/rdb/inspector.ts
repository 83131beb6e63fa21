import { Transform, type TransformCallback } from 'node:stream';
import { reasonOf } from '../../repository/reason';
import { Census } from './census';
import { Crc64 } from './crc64';
import { NEWEST_PROVED } from './grammar';
import { type RdbHeader, RdbWalker } from './walker';

/** `disabled`: the server was told to write none (`rdbchecksum no`). `absent`: too old to have one. */
export type CrcState = 'verified' | 'disabled' | 'absent';

/** What a whole RDB file holds. */
export interface RdbSummary extends RdbHeader {
	crc: CrcState;
	/** Facts that the server wrote into the file, e.g. `redis-ver`. */
	aux: Readonly<Record<string, string>>;
	/** Nothing where the file is of a newer version than can be read here, and could not be. */
	contents?: RdbContents;
}

export interface RdbContents {
	census: Census;
	functionLibraries: number;
	/** Types that modules have to bring, for keys or for data of their own. */
	moduleTypes: readonly string[];
	/** Of the longest value as it is serialized, in bytes. */
	longestValue: number;
}

/** Aux fields are for a few facts; what else a file may hold there is not collected. */
const MOST_AUX_FIELDS = 64;
const LONGEST_AUX = 256;

/**
 * Passes an RDB file through unchanged, computes its checksum and walks its structure. Fails with what
 * `damaged` makes of "it breaks off", instead of ending, unless the file is whole. A newer version
 * whose structure is not understood passes on its checksum alone, without `contents`.
 */
export class RdbInspector extends Transform {
	private readonly crc = new Crc64();
	private readonly census = new Census();
	private readonly moduleTypes = new Set<string>();
	private readonly aux = new Map<string, string>();
	private functionLibraries = 0;
	private longestValue = 0;
	private header: RdbHeader | undefined;
	private footer: Buffer = Buffer.alloc(0);
	private readonly walker: RdbWalker;
	/** Why the structure could not be followed to its end. */
	private fault: Error | undefined;
	private result: RdbSummary | undefined;

	constructor(private readonly damaged: (what: string) => Error) {
		super();
		this.walker = new RdbWalker(
			{
				header: (header) => (this.header = header),
				aux: (name, value) => this.noteAux(name, value),
				functionLibrary: () => this.functionLibraries++,
				moduleData: (type) => this.moduleTypes.add(type),
				key: (key) => {
					this.census.add(key);
					if (key.module) this.moduleTypes.add(key.type);
					this.longestValue = Math.max(this.longestValue, key.value.end - key.value.start);
				},
			},
			damaged,
		);
	}

	/** What was found; throws before the stream has ended well. */
	get summary(): RdbSummary {
		if (!this.result) throw new Error('The snapshot has not been read to its end');
		return this.result;
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		this.crc.update(chunk);
		this.footer = lastBytes(this.footer, chunk);
		if (this.attempt(() => this.walker.push(chunk))) done(null, chunk);
		else done(this.fault);
	}

	override _flush(done: TransformCallback): void {
		if (!this.attempt(() => this.walker.end())) {
			done(this.fault);
			return;
		}
		try {
			this.result = this.summarize();
			done();
		} catch (error) {
			done(error as Error);
		}
	}

	/** False where the walk failed on a version that is known to be understood. */
	private attempt(walk: () => void): boolean {
		if (this.fault) return true;
		try {
			walk();
			return true;
		} catch (error) {
			this.fault = error as Error;
			const { header } = this;
			return header !== undefined && header.version > NEWEST_PROVED[header.flavor];
		}
	}

	private summarize(): RdbSummary {
		const { header, fault } = this;
		if (!header) throw this.damaged('it breaks off');
		const crc = this.checkedCrc(header);
		// Without a checksum nothing tells damage from news.
		if (fault && crc !== 'verified') throw fault;
		return {
			...header,
			crc,
			aux: Object.fromEntries(this.aux),
			...(!fault && {
				contents: {
					census: this.census,
					functionLibraries: this.functionLibraries,
					moduleTypes: [...this.moduleTypes].sort(),
					longestValue: this.longestValue,
				},
			}),
		};
	}

	private checkedCrc({ flavor, version }: RdbHeader): CrcState {
		if (flavor === 'redis' && version < 5) return 'absent';
		if (this.footer.every((byte) => byte === 0)) return 'disabled';
		if (this.crc.isZero) return 'verified';
		const behind = this.fault ? `; besides, ${reasonOf(this.fault)}` : '';
		throw this.damaged(`its CRC-64 checksum is wrong${behind}`);
	}

	private noteAux(name: string, value: string): void {
		if (this.aux.size < MOST_AUX_FIELDS && value.length <= LONGEST_AUX) this.aux.set(name, value);
	}
}

function lastBytes(before: Buffer, chunk: Buffer): Buffer {
	const all = chunk.length >= 8 ? chunk : Buffer.concat([before, chunk]);
	// A copy: a part of the chunk would keep all of it.
	return Buffer.from(all.subarray(-8));
}
