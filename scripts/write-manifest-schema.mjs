/** Publishes the shape of a backup's manifest, for whoever reads one without this software. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

const { manifestSchema } = createRequire(import.meta.url)('../dist/core/repository/manifest.js');

const schema = {
	...z.toJSONSchema(manifestSchema),
	title: 'Manifest of a backup, format version 2',
};
const file = new URL('../dist/manifest.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
