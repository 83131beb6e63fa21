import { access } from 'node:fs/promises';

import { chromium, type Browser } from 'playwright-core';

const PLACES = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** As headless Chromium starts anywhere, root and no network included, and asks nobody anything. */
const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** Starts the machine's Chromium without a window; the caller closes it. */
export async function startBrowser(): Promise<Browser> {
	for (const executablePath of PLACES) {
		const isThere = await access(executablePath).then(
			() => true,
			() => false,
		);
		if (isThere) return await chromium.launch({ executablePath, args: FLAGS, headless: true });
	}
	throw new Error('No Chromium on this machine; on Debian: apt-get install chromium');
}
