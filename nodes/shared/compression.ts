import type { INodeProperties } from 'n8n-workflow';
import { DEFAULT_COMPRESSION, USUAL_LEVELS } from '../../core/repository/compression';
import type { Compression } from '../../core/repository/manifest';

/** What a person chose among `compressionOptions`; all of it may be missing. */
export interface CompressionOptions {
	compression?: Compression['algorithm'];
	compressionLevel?: number;
}

/** Part of the options of every operation that makes a backup. */
export const compressionOptions: INodeProperties[] = [
	{
		displayName: 'Compression',
		name: 'compression',
		type: 'options',
		default: DEFAULT_COMPRESSION.algorithm,
		options: [
			{ name: 'Gzip', value: 'gzip' },
			{ name: 'None', value: 'none' },
			{ name: 'Zstandard', value: 'zstd' },
		],
	},
	{
		displayName: 'Compression Level',
		name: 'compressionLevel',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 19 },
		default: DEFAULT_COMPRESSION.level,
		description: 'Zstandard takes 1 to 19, gzip 1 to 9. Higher is smaller and slower.',
	},
];

/** What these options ask for; each algorithm has its own usual level. */
export function compressionOf({
	compression: algorithm = DEFAULT_COMPRESSION.algorithm,
	compressionLevel,
}: CompressionOptions): Compression {
	if (algorithm === 'none') return { algorithm };
	return { algorithm, level: compressionLevel ?? USUAL_LEVELS[algorithm] };
}
