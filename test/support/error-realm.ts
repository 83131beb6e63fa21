import { types } from 'node:util';

/**
 * Jest runs tests in a realm of their own, where an error made by Node itself is no `instanceof
 * Error`. Libraries that ask then wrap it and lose its code, which in production they do not.
 * Importing this file makes the question about any native error come out as in production.
 */
Object.defineProperty(Error, Symbol.hasInstance, {
	value(this: unknown, value: unknown): boolean {
		if (this === Error && types.isNativeError(value)) return true;
		return Function.prototype[Symbol.hasInstance].call(this, value);
	},
});
