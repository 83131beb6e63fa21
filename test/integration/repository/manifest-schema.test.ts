import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

it('is published as JSON Schema, with every fact that a manifest must have', () => {
	execFileSync(process.execPath, [join(ROOT, 'scripts/write-manifest-schema.mjs')]);
	const schema = JSON.parse(readFileSync(join(ROOT, 'dist/manifest.schema.json'), 'utf8'));
	expect(schema).toMatchObject({
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		additionalProperties: false,
		properties: { formatVersion: { const: 2 }, payload: { additionalProperties: false } },
		required: expect.arrayContaining([
			'id',
			'component',
			'consistencyPoint',
			'payload',
			'storedIn',
			'sealSha256',
		]),
	});
	expect(schema.required).not.toContain('n8n');
});
