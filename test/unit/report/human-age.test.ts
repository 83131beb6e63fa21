import { humanAge, humanBytes, humanTime } from '../../../core/report/words';

describe('sizes and ages for people', () => {
	it.each([
		[0, '0 bytes'],
		[999, '999 bytes'],
		[1000, '1.0 KB'],
		[12_345_678, '12.3 MB'],
		[5e15, '5000.0 TB'],
	])('writes %d bytes as %s', (bytes, text) => {
		expect(humanBytes(bytes)).toBe(text);
	});

	it.each([
		[59, 'just now'],
		[60, '1 min ago'],
		[7_199, '1 h ago'],
		[172_799, '47 h ago'],
		[172_800, '2 days ago'],
		[-5, 'just now'],
		[-301, 'in the future'],
	])('writes %d seconds as %s', (seconds, text) => {
		const now = new Date('2026-11-22T17:00:00Z');
		expect(humanAge(new Date(now.getTime() - seconds * 1000), now)).toBe(text);
	});

	it.each([
		['Europe/Amsterdam', '22 Nov, 18:00 CET'],
		['UTC', '22 Nov, 17:00 UTC'],
	])('writes an instant as it is read in %s', (timeZone, text) => {
		expect(humanTime(new Date('2026-11-22T17:00:05Z'), timeZone)).toBe(text);
	});
});
