import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/traceability.md'), 'utf8');
const named = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, name = '']) => name);

test('every test that the table names is there', () => {
	const tests = named(/`(test\/[^`]+)`/g);
	expect(tests).not.toEqual([]);
	expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every shipped workflow is in the table, and no other', () => {
	const workflows = readdirSync(join(ROOT, 'workflows'));
	expect([...new Set(named(/`([a-z0-9-]+\.json)`/g))].sort()).toEqual(workflows.sort());
});
