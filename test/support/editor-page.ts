import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { selectors, type Browser, type Locator, type Page } from 'playwright-core';

import type { Owner } from './n8n/n8n-client';

const SCREENSHOTS = join(__dirname, '../output');
const SIZE = { width: 1440, height: 900 };

export type Theme = 'light' | 'dark';

/** n8n's editor in a browser, with the owner logged in. */
export class EditorPage {
	private constructor(
		readonly page: Page,
		private readonly url: string,
		private readonly theme: Theme,
	) {}

	static async logIn(
		browser: Browser,
		url: string,
		owner: Owner,
		theme: Theme = 'light',
	): Promise<EditorPage> {
		selectors.setTestIdAttribute('data-test-id');
		const context = await browser.newContext({ viewport: SIZE, deviceScaleFactor: 1 });
		await context.addInitScript(`localStorage.setItem('N8N_THEME', '${theme}')`);
		const page = await context.newPage();
		await page.goto(url);
		await page.locator('input[name=emailOrLdapLoginId]').fill(owner.email);
		await page.locator('input[name=password]').fill(owner.password);
		await page.getByTestId('form-submit-button').click();
		await page.waitForURL((there) => !there.pathname.includes('signin'));
		return new EditorPage(page, url, theme);
	}

	/** Opens a workflow and waits until its nodes are on the canvas. */
	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(new URL(`workflow/${id}`, this.url).href);
		await this.page.getByTestId('canvas-node').first().waitFor();
		await this.page.waitForLoadState('networkidle');
	}

	/** Opens the panel of a node. */
	async openNode(name: string): Promise<void> {
		await this.node(name).dblclick();
		await this.page.getByTestId('ndv').waitFor();
	}

	/** Opens the list of a resource locator in the panel. */
	async openList(parameter: string): Promise<void> {
		const locator = this.page.getByTestId(`resource-locator-${parameter}`);
		await locator.getByTestId('rlc-input').click();
	}

	/** Chooses an option of a field in the panel by what it is called. */
	async choose(parameter: string, option: string): Promise<void> {
		await this.page.getByTestId(`parameter-input-${parameter}`).click();
		await this.page.getByRole('option', { name: option }).click();
	}

	node(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	/** For people to look at: `test/output/<name>-<theme>.png`. */
	async screenshot(name: string): Promise<void> {
		await mkdir(SCREENSHOTS, { recursive: true });
		await this.page.screenshot({ path: join(SCREENSHOTS, `${name}-${this.theme}.png`) });
	}

	/** The whole workflow that is open, as large as it fits, without what the editor has around it. */
	async pictureOfCanvas(path: string): Promise<void> {
		await this.page.getByTestId('zoom-to-fit').click();
		// The view glides there.
		await this.page.waitForTimeout(1_000);
		await this.page.locator('.vue-flow').screenshot({
			path,
			style: 'body *:not(.vue-flow, .vue-flow *, :has(.vue-flow)) { visibility: hidden }',
		});
	}

	async close(): Promise<void> {
		await this.page.context().close();
	}
}
