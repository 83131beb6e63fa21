import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { SettingsValues } from '../../test/support/settings-with';
import { afterRestore, changeSettings } from '../../test/support/stage/site-settings';
import type { Stage } from '../../test/support/stage/stage';

/** What these workflows call; a workflow is called in its published version. */
const CALLED = ['drStoreManagedEnv', 'drCompareManagedEnv', 'drRunMigrations'];

/** Does what is left to an editor once the workflows are installed: gives the values of the site. */
export async function setUpSite(stage: Stage): Promise<void> {
	const { client } = stage.n8n;
	await changeSettings(client, {
		...{ 'backups.redisName': 'mrdj', 'backups.queueName': 'rentguy-sync' },
		...(await platformServer(stage)),
		...website(stage),
		...afterRestore(stage),
	});
	for (const id of CALLED) await client.publish(id);
}

/** A server with an environment file, of which the vault has a copy. */
async function platformServer({ sshServer, onePassword }: Stage): Promise<SettingsValues> {
	const secret = () => randomBytes(18).toString('base64url');
	const environment = `PORT=3000\nDB_PASSWORD=${secret()}\nSMTP_PASSWORD=${secret()}\n`;
	const path = join(sshServer.folder, 'backend/managed.env');
	await mkdir(dirname(path));
	await writeFile(path, environment, { mode: 0o600 });
	onePassword.hold({ fields: { notesPlain: environment } });
	return {
		...{ 'hosts.serverFolder': sshServer.folder, 'vault.kind': 'onePasswordConnect' },
		...{ 'vault.address': onePassword.url, 'vault.vaultId': onePassword.vaultId },
		'vault.itemId': onePassword.itemId,
	};
}

/** A site with a published deploy, and the page for when it is down. */
function website({ netlify: { site } }: Stage): SettingsValues {
	const live = site.add({ files: pages() });
	const maintenance = site.add({ files: { '/index.html': '<h1>Back soon</h1>' } });
	site.publish(live);
	return { 'netlify.siteId': site.id, 'netlify.maintenanceDeployId': maintenance };
}

function pages(): Record<string, string> {
	const paths = ['/index.html', ...Array.from({ length: 40 }, (_one, at) => `/blog/${at}.html`)];
	return Object.fromEntries(
		paths.map((path) => [path, `<h1>Mister DJ</h1>${`<p>${path}</p>`.repeat(200)}`]),
	);
}
