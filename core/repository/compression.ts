import { PassThrough, type Transform } from 'node:stream';
import {
	constants,
	createGunzip,
	createGzip,
	createZstdCompress,
	createZstdDecompress,
} from 'node:zlib';
import { ConfigurationError } from '../errors';
import { compressionSchema, type Compression } from './manifest';

/** The usual level of each algorithm; higher is smaller and slower. */
export const USUAL_LEVELS = { zstd: 3, gzip: 6 } as const;

/** How a backup is compressed unless somebody chooses. */
export const DEFAULT_COMPRESSION = {
	algorithm: 'zstd',
	level: USUAL_LEVELS.zstd,
} as const satisfies Compression;

/** Added to the payload's file name; empty where nothing is compressed. */
export function compressionExtension(compression: Compression): string {
	return { zstd: '.zst', gzip: '.gz', none: '' }[compression.algorithm];
}

/** Rejects an unknown algorithm or a level out of range with `ConfigurationError`. */
export function assertCompression(compression: Compression): void {
	if (compressionSchema.safeParse(compression).success) return;
	const level = 'level' in compression ? ` at level ${compression.level}` : '';
	throw new ConfigurationError(`There is no compression ${compression.algorithm}${level}.`, {
		hint: 'Choose zstd with a level of 1 to 19, gzip with one of 1 to 9, or none.',
	});
}

/** Zlib hands on what it has made in pieces of this size, each for the price of a turn of the loop. */
const PIECE_BYTES = 256 * 1024;

/**
 * Compresses to one standard frame that ends with a checksum of its content.
 *
 * @param release told of every chunk that has been compressed and is not needed any more
 */
export function compressor(
	compression: Compression,
	release: (chunk: Buffer) => void = () => undefined,
): Transform {
	switch (compression.algorithm) {
		case 'zstd':
			return releasing(
				createZstdCompress({
					chunkSize: PIECE_BYTES,
					params: {
						[constants.ZSTD_c_compressionLevel]: compression.level,
						[constants.ZSTD_c_checksumFlag]: 1,
					},
				}),
				release,
			);
		case 'gzip':
			return releasing(createGzip({ chunkSize: PIECE_BYTES, level: compression.level }), release);
		case 'none':
			// Hands on the chunks themselves.
			return new PassThrough();
	}
}

/** The same stream, which says when it is done with a chunk. */
function releasing(stream: Transform, release: (chunk: Buffer) => void): Transform {
	const transform = stream._transform.bind(stream);
	stream._transform = (chunk: Buffer, encoding, done) =>
		transform(chunk, encoding, (error, data) => {
			release(chunk);
			done(error, data);
		});
	return stream;
}

/** Undoes `compressor`; errors on malformed or truncated input. */
export function decompressor(compression: Compression): Transform {
	switch (compression.algorithm) {
		case 'zstd':
			return createZstdDecompress({ chunkSize: PIECE_BYTES });
		case 'gzip':
			return createGunzip({ chunkSize: PIECE_BYTES });
		case 'none':
			return new PassThrough();
	}
}
