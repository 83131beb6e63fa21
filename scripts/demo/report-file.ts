import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { MailServer } from '../../test/support/mail-server';

const OUTPUT = join(__dirname, '../../output');

/** Keeps the newest report that was mailed, for after the demo; its path. */
export async function keepReport({ mails }: MailServer): Promise<string> {
	const report = mails
		.flatMap(({ attachments }) => attachments)
		.findLast(({ fileName }) => fileName.endsWith('.html'));
	if (!report) throw new Error('No report was mailed.');
	await mkdir(OUTPUT, { recursive: true });
	const path = join(OUTPUT, report.fileName);
	await writeFile(path, report.content);
	return path;
}
