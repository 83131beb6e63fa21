import { ConflictError, StoreError } from '../../../core/errors';
import { explainDirectory } from '../../../core/repository/stores/directory-errors';

const failure = (code: string) => Object.assign(new Error(`${code}: no such luck`), { code });

describe('explainDirectory', () => {
	it.each([
		['ENOSPC', 'The disk is full.'],
		['EDQUOT', 'The disk quota is used up.'],
		['EFBIG', 'A file may not grow that large there.'],
		['EACCES', 'Access is denied.'],
		['EROFS', 'It is mounted read-only.'],
		['ENOENT', 'It does not exist.'],
		['EIO', 'The disk reported a read or write error.'],
		['EWEIRD', 'The operating system reported EWEIRD.'],
	])('puts %s into plain words', (code, expected) => {
		const error = explainDirectory(failure(code), 'directory /backups');
		expect(error).toBeInstanceOf(StoreError);
		expect(error.message).toBe(`The directory /backups cannot be used. ${expected}`);
		expect(error.hint).not.toBe('');
	});

	it('leaves errors alone that say it all', () => {
		const conflict = new ConflictError('It is there.', { hint: 'Leave it.' });
		expect(explainDirectory(conflict, 'directory /backups')).toBe(conflict);
	});
});
