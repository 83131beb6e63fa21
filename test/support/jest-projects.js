const { join } = require('node:path');

/**
 * The tests run against the built package in dist/: what is tested is what ships, and workers and
 * child processes start from the same files as in n8n.
 */
const shared = {
	rootDir: join(__dirname, '..', '..'),
	testEnvironment: '<rootDir>/test/support/node-environment.js',
	transform: {
		'\\.[jt]s$': [
			'@swc/jest',
			{ jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
		],
	},
	// Jest has no require() of ES modules; these two are published as ES modules only.
	transformIgnorePatterns: ['<rootDir>/dist/', '/node_modules/(?!(age-encryption|@noble|@scure)/)'],
	resolver: '<rootDir>/test/support/resolve-built.js',
	modulePathIgnorePatterns: ['<rootDir>/dist/package.json', '<rootDir>/.cache'],
};

const project = (name) => ({
	...shared,
	displayName: name,
	testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

/** The configuration for the tests in these folders of test/. */
module.exports.configure = (...names) => ({
	projects: names.map(project),
	// Also on a machine with two processors; more at once would be too many servers.
	maxWorkers: 2,
	// A worker keeps something of every file that it has run; between two files it may start anew.
	workerIdleMemoryLimit: '1GB',
	// Servers start and keys are stretched in these tests, on machines that may be busy with others.
	testTimeout: 120_000,
});
