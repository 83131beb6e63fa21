import { isBackupName } from '../../../core/repository/naming';
import { isSafetyName, safetyNameOf } from '../../../core/repository/safety-name';

describe('the name of what was there before a restore', () => {
	it.each(['mrdj_db', 'Mr DJ', 'x'.repeat(63)])('is a valid one of its own for %s', (target) => {
		const name = safetyNameOf(target);
		expect(isBackupName(name)).toBe(true);
		expect([isSafetyName(name), isSafetyName(target)]).toEqual([true, false]);
	});

	it('stays the same where what was set aside is restored itself', () => {
		expect(safetyNameOf('before-restore.mrdj_db')).toBe('before-restore.mrdj_db');
		const long = safetyNameOf('x'.repeat(63));
		expect(safetyNameOf(long)).toBe(long);
	});
});
