import { changeSettings } from '../../test/support/stage/site-settings';
import type { Stage } from '../../test/support/stage/stage';

/** Does what is left to an editor once the workflows are installed: gives the values of the site. */
export async function setUpSite({ n8n, netlify }: Stage): Promise<void> {
	const { site } = netlify;
	const live = site.add({ files: pages() });
	const maintenance = site.add({ files: { '/index.html': '<h1>Back soon</h1>' } });
	site.publish(live);
	await changeSettings(n8n.client, {
		...{ 'netlify.siteId': site.id, 'netlify.maintenanceDeployId': maintenance },
		...{ 'backups.redisName': 'mrdj', 'backups.queueName': 'rentguy-sync' },
		// Nothing has made a backup of it that could be tested.
		'backups.envName': '',
	});
}

function pages(): Record<string, string> {
	const paths = ['/index.html', ...Array.from({ length: 40 }, (_one, at) => `/blog/${at}.html`)];
	return Object.fromEntries(
		paths.map((path) => [path, `<h1>Mister DJ</h1>${`<p>${path}</p>`.repeat(200)}`]),
	);
}
