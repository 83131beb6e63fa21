import fc from 'fast-check';
import { Crc64 } from '../../../core/redis/rdb/crc64';

it('computes the check value of CRC-64/Jones', () => {
	const checksum = new Crc64().update(Buffer.from('123456789')).toBuffer();
	expect(checksum.reverse().toString('hex')).toBe('e9c6d914c4b8d9ca');
});

it('does not depend on how the bytes are cut', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
			const whole = new Crc64().update(bytes).toBuffer();
			const cutUp = new Crc64().update(bytes.subarray(0, cut)).update(bytes.subarray(cut));
			expect(cutUp.toBuffer()).toEqual(whole);
		}),
	);
});

it('is zero behind its own checksum, and only there', () => {
	const bytes = Buffer.from('forty-two bytes that stand for a whole file');
	const crc = new Crc64().update(bytes);
	expect(crc.isZero).toBe(false);
	expect(crc.update(crc.toBuffer()).isZero).toBe(true);
});
