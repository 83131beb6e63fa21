import fc from 'fast-check';
import { splitIdentifierList } from '../../../core/postgres/restore/identifier-list';

describe('splitIdentifierList', () => {
	it.each([
		['', []],
		['public', ['public']],
		['"$user", public', ['$user', 'public']],
		['"a, b","c""d" , e', ['a, b', 'c"d', 'e']],
		['""', ['']],
	])('splits %j', (value, names) => {
		expect(splitIdentifierList(value)).toEqual(names);
	});

	it('gets every list back that the server would have written', () => {
		const name = fc.string({ maxLength: 12 });
		fc.assert(
			fc.property(fc.array(name), (names) => {
				const value = names.map((one) => `"${one.replaceAll('"', '""')}"`).join(', ');
				expect(splitIdentifierList(value)).toEqual(names);
			}),
		);
	});
});
