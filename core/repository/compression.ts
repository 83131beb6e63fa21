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

/** Compresses to one standard frame that ends with a checksum of its content. */
export function compressor(compression: Compression): Transform {
	switch (compression.algorithm) {
		case 'zstd':
			return createZstdCompress({
				params: {
					[constants.ZSTD_c_compressionLevel]: compression.level,
					[constants.ZSTD_c_checksumFlag]: 1,
				},
			});
		case 'gzip':
			return createGzip({ level: compression.level });
		case 'none':
			return new PassThrough();
	}
}

/** Undoes `compressor`; errors on malformed or truncated input. */
export function decompressor(compression: Compression): Transform {
	switch (compression.algorithm) {
		case 'zstd':
			return createZstdDecompress();
		case 'gzip':
			return createGunzip();
		case 'none':
			return new PassThrough();
	}
}
