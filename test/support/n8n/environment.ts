import { join, delimiter, dirname } from 'node:path';

/** Where an n8n keeps its own tables. */
export interface N8nDatabase {
	host: string;
	port: number;
	user: string;
	password: string;
	database: string;
}

/** What all processes of one n8n share: main, worker and command line. */
export interface N8nIdentity {
	/** n8n's `.n8n` folder is made in here. */
	userFolder: string;
	encryptionKey: string;
	database: N8nDatabase;
	owner: { email: string; passwordHash: string };
	/** More settings, e.g. those of queue mode. */
	settings: Readonly<Record<string, string>>;
}

/** Nothing that asks the outside world: no telemetry, catalogue, licence, news or survey. */
const QUIET = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry,instance-ai',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_AI_ENABLED: 'false',
};

/** The environment of any process of this n8n, but for the ports that only one of them can have. */
export function n8nEnvironment(identity: N8nIdentity): NodeJS.ProcessEnv {
	const { database, owner } = identity;
	return {
		...nodeFirstInPath(),
		...QUIET,
		// With NODE_ENV=test, as Jest sets it, n8n ends at once and says nothing.
		NODE_ENV: 'production',
		NODE_COMPILE_CACHE: join(identity.userFolder, 'compile-cache'),
		// What n8n leaves among the temporary files goes with its folder.
		TMPDIR: identity.userFolder,
		TZ: 'UTC',
		GENERIC_TIMEZONE: 'UTC',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		N8N_USER_FOLDER: identity.userFolder,
		N8N_ENCRYPTION_KEY: identity.encryptionKey,
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_SECURE_COOKIE: 'false',
		N8N_INSTANCE_OWNER_MANAGED_BY_ENV: 'true',
		N8N_INSTANCE_OWNER_EMAIL: owner.email,
		N8N_INSTANCE_OWNER_FIRST_NAME: 'Disaster',
		N8N_INSTANCE_OWNER_LAST_NAME: 'Recovery',
		N8N_INSTANCE_OWNER_PASSWORD_HASH: owner.passwordHash,
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: database.host,
		DB_POSTGRESDB_PORT: String(database.port),
		DB_POSTGRESDB_DATABASE: database.database,
		DB_POSTGRESDB_USER: database.user,
		DB_POSTGRESDB_PASSWORD: database.password,
		...identity.settings,
	};
}

/**
 * n8n and npm start `node` by name: that has to be the Node.js that runs this, not the machine's.
 * What npm tells the scripts it runs is left out, an npm below would take it for its own settings.
 */
export function nodeFirstInPath(): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(
		([name]) => !/^(npm_(?!config_registry)|INIT_CWD$|NODE_OPTIONS$|JEST_)/.test(name),
	);
	return {
		...Object.fromEntries(inherited),
		PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
	};
}
