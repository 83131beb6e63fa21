import eslint from '@eslint/js';
import communityNodes from '@n8n/eslint-plugin-community-nodes';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** What n8n asks of a package that runs on one's own n8n. */
const community = communityNodes.configs.recommendedWithoutN8nCloudSupport;

export default tseslint.config(
	{ ignores: ['dist/', '.cache/', 'test/output/', 'package-lock.json'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },

	// All code
	{
		files: ['**/*.{ts,js,mjs}'],
		extends: [eslint.configs.recommended],
		languageOptions: { globals: globals.node },
		rules: { eqeqeq: 'error', 'no-console': 'error' },
	},
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.strict],
		languageOptions: { parserOptions: { projectService: true } },
		rules: {
			// A promise that nobody waits for is a step of a backup that can fail unseen.
			'@typescript-eslint/await-thenable': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/consistent-type-imports': 'error',
			// To leave a property out is to name it.
			'@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
		},
	},
	{ files: ['scripts/**', 'gulpfile.js'], rules: { 'no-console': 'off' } },

	// What n8n loads
	{ ...community, files: ['package.json', '{core,credentials,nodes}/**/*.ts'] },
	{
		files: ['package.json'],
		plugins: { 'n8n-nodes-base': nodesBase },
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: { extraFileExtensions: ['.json'] },
		},
		rules: nodesBase.configs.community.rules,
	},
	{
		files: ['credentials/**/*.ts'],
		plugins: { 'n8n-nodes-base': nodesBase },
		rules: nodesBase.configs.credentials.rules,
	},
	{
		files: ['nodes/**/*.ts'],
		plugins: { 'n8n-nodes-base': nodesBase },
		rules: nodesBase.configs.nodes.rules,
	},

	// The engine room knows nothing of n8n.
	{
		files: ['core/**/*.ts'],
		rules: {
			'no-restricted-imports': [
				'error',
				{
					patterns: [
						{
							group: ['n8n-*', '@n8n/*', '**/cli/**', '**/nodes/**', '**/credentials/**'],
							message: 'core/ works without n8n: nodes/ imports core/, never the other way round.',
						},
					],
				},
			],
		},
	},

	// Exceptions, each with its reason
	{
		// Where a test is wrong about it, the test fails, and that is what it is for.
		files: ['test/**/*.ts'],
		rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
	},
	{
		// The drivers of databases and stores are the product; n8n installs them with the package.
		files: ['package.json'],
		rules: { '@n8n/community-nodes/no-runtime-dependencies': 'off' },
	},
	{
		// The older plugin asks for string literals where n8n's newer one asks for the enumeration.
		files: ['nodes/**/*.ts'],
		rules: {
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
		},
	},
	{
		// The compiler demands a default; this rule does not see one that is a constant of core/.
		files: ['nodes/**/*.ts'],
		rules: { 'n8n-nodes-base/node-param-default-missing': 'off' },
	},
	{
		// The older plugin takes every documentation link for the name of a page on n8n's own site.
		files: ['credentials/**/*.ts'],
		rules: { 'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off' },
	},
	{
		// These start pg_dump and pg_restore, by their path and with a list of arguments: no shell reads
		// them, and no value from outside is a command.
		files: ['core/postgres/engines/native.ts', 'core/postgres/restore/native-restore.ts'],
		rules: { '@n8n/community-nodes/no-dangerous-functions': 'off' },
	},
	{
		// n8n's error classes carry a node; core/ has errors of its own, and nodes/ translates them.
		files: ['core/**/*.ts'],
		rules: { '@n8n/community-nodes/require-node-api-error': 'off' },
	},
	{
		// The native engines are pg_dump and pg_restore; they get no shell, and arguments of our making.
		files: ['core/postgres/engines/native-process.ts'],
		rules: { '@n8n/community-nodes/no-dangerous-functions': 'off' },
	},
	{
		// The test database is a process of this package's own; its arguments are of our making.
		files: ['core/postgres/restore-test/in-process/pglite-process.ts'],
		rules: { '@n8n/community-nodes/no-dangerous-functions': 'off' },
	},
	{
		// A restore test starts redis-server, by its path and in a folder of our making, with its settings
		// on standard input; and a guard that ends it when this process is gone.
		files: ['core/redis/scratch/{guard,scratch-server}.ts'],
		rules: { '@n8n/community-nodes/no-dangerous-functions': 'off' },
	},
	{
		// Git gets a list of arguments of our making, and addresses that were looked at before.
		files: ['core/git/workshop.ts'],
		rules: { '@n8n/community-nodes/no-dangerous-functions': 'off' },
	},
	{
		// An S3 access key id is a name and no secret; the age identities are secret by any name.
		files: ['credentials/DrBackupRepositoryApi.credentials.ts'],
		rules: {
			'n8n-nodes-base/cred-class-field-type-options-password-missing': 'off',
			'@n8n/community-nodes/credential-unnecessary-password': 'off',
		},
	},
);
