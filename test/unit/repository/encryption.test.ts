import { ConfigurationError, type DisasterRecoveryError } from '../../../core/errors';
import { decrypterFor, normalizeEncryption } from '../../../core/repository/encryption';
import { newKeyPair } from '../../support/repository/sample-backup';

function refusal(action: () => unknown): DisasterRecoveryError {
	try {
		action();
	} catch (error) {
		expect(error).toBeInstanceOf(ConfigurationError);
		return error as DisasterRecoveryError;
	}
	throw new Error('It was accepted.');
}

/** Everything of an error that could end up on a screen or in a log. */
function everythingIn(error: Error): string {
	return JSON.stringify([error.message, error.stack, String(error.cause), error]);
}

describe('normalizeEncryption', () => {
	it('takes a whole key file, with comments and blank lines', async () => {
		const { recipients, identities } = await newKeyPair();
		const pasted = `# created: today\n# public key: ${recipients[0]}\r\n\n  ${identities[0]}  \n`;
		expect(
			normalizeEncryption({
				kind: 'recipients',
				recipients: [`${recipients[0]}\n`],
				identities: [pasted],
			}),
		).toEqual({ kind: 'recipients', recipients, identities });
	});

	it('takes keys by line, comma or blank', async () => {
		const [one, other] = [await newKeyPair(), await newKeyPair()];
		const recipients = [...one.recipients, ...other.recipients];
		for (const separator of [', ', '\n', ' ']) {
			const pasted = { recipients: [recipients.join(separator)], identities: [''] };
			expect(normalizeEncryption({ kind: 'recipients', ...pasted })).toEqual({
				...{ kind: 'recipients', recipients, identities: [] },
			});
		}
	});

	it('finds the key in a key file whose line ends a form has swallowed', async () => {
		const { recipients, identities } = await newKeyPair();
		const pasted = `# created: today # public key: ${recipients[0]} ${identities[0]}`;
		expect(normalizeEncryption({ kind: 'recipients', recipients, identities: [pasted] })).toEqual({
			kind: 'recipients',
			recipients,
			identities,
		});
	});

	it('never shows a key that it refuses', async () => {
		const { recipients, identities } = await newKeyPair();
		const spoilt = (key = '') => key.slice(0, -1) + (key.endsWith('Q') ? 'P' : 'Q');
		const [recipient = '', identity = ''] = [recipients[0], identities[0]];
		for (const settings of [
			{ recipients: [spoilt(recipient)], identities },
			{ recipients: [identity], identities },
			{ recipients, identities: [spoilt(identity)] },
			{ recipients, identities: [recipient.toUpperCase()] },
		]) {
			const error = refusal(() => normalizeEncryption({ kind: 'recipients', ...settings }));
			expect(everythingIn(error)).not.toContain(recipient.slice(10, 40));
			expect(everythingIn(error)).not.toContain(identity.slice(20, 50));
		}
	});

	it('says which key is wrong, and that a private key is not a recipient', async () => {
		const { recipients, identities } = await newKeyPair();
		const [recipient = '', identity = ''] = [recipients[0], identities[0]];
		const wrong = {
			kind: 'recipients' as const,
			recipients: [recipient, identity],
			identities: [],
		};
		expect(refusal(() => normalizeEncryption(wrong)).message).toBe(
			'Recipient 2 of 2 is a private key.',
		);
	});

	it('refuses no recipients and an empty passphrase', () => {
		refusal(() =>
			normalizeEncryption({ kind: 'recipients', recipients: ['# none'], identities: [] }),
		);
		refusal(() => normalizeEncryption({ kind: 'passphrase', passphrase: '' }));
	});
});

describe('decrypterFor', () => {
	it('says what is missing before anything is read', async () => {
		const { recipients } = await newKeyPair();
		const forKeys = { kind: 'age-recipients' as const, recipients };
		const locked = { kind: 'recipients' as const, recipients, identities: [] };
		expect(refusal(() => decrypterFor(locked, forKeys)).hint).toContain('private key');
		expect(
			refusal(() => decrypterFor({ kind: 'none' }, { kind: 'age-passphrase' })).hint,
		).toContain('passphrase');
	});

	it('needs no key for what is not encrypted', () => {
		expect(decrypterFor({ kind: 'passphrase', passphrase: 'x' }, { kind: 'none' })).toBeUndefined();
	});
});
