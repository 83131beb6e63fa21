const { TestEnvironment } = require('jest-environment-node');
const { isNativeError } = require('node:util').types;

/**
 * Jest runs tests in a realm of their own, whose `Error` is not the one that Node's modules throw:
 * a refused connection or a missing file would be no `Error`, which it is wherever the product runs.
 */
module.exports = class extends TestEnvironment {
	async setup() {
		await super.setup();
		const { Error: TestError } = this.global;
		const ordinary = Function.prototype[Symbol.hasInstance];
		Object.defineProperty(TestError, Symbol.hasInstance, {
			value(candidate) {
				if (ordinary.call(this, candidate)) return true;
				return this === TestError && isNativeError(candidate);
			},
		});
	}
};
