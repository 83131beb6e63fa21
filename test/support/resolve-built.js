const { join, relative, resolve } = require('node:path');

const ROOT = join(__dirname, '..', '..');
const BUILT = /^(core|nodes|credentials)\//;

/**
 * Jest's resolver, but for the tests' imports of the product: those lead to the built files. It
 * looks at where a path leads, as the folders of packages have such names too.
 */
module.exports = (request, options) => {
	const path = request.startsWith('.') ? relative(ROOT, resolve(options.basedir, request)) : '';
	return options.defaultResolver(BUILT.test(path) ? join(ROOT, 'dist', path) : request, options);
};
