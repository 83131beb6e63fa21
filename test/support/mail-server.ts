import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
	readonly from: string;
	readonly to: readonly string[];
	readonly subject: string;
	/** The plain text, as it was before it was encoded for the way. */
	readonly text: string;
	/** In their order, decoded. */
	readonly attachments: readonly Attachment[];
}

export interface Attachment {
	readonly fileName: string;
	readonly content: string;
}

/** A mail server that takes mails of one user only, and keeps them. */
export interface MailServer {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly password: string;
	/** In the order in which they came. */
	readonly mails: readonly ReceivedMail[];
	/** From now on every mail is refused for now, as by a server whose disk is full. */
	goDown(): void;
	comeBack(): void;
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts a mail server on a free port, with a random password and without TLS. */
export async function startMailServer(): Promise<MailServer> {
	const login = { user: 'alerts', password: randomBytes(12).toString('hex') };
	const mails: ReceivedMail[] = [];
	let isDown = false;
	const server = new SMTPServer({
		hideSTARTTLS: true,
		allowInsecureAuth: true,
		disableReverseLookup: true,
		onAuth: ({ username, password }, _session, done) => {
			const isKnown = username === login.user && password === login.password;
			done(isKnown ? null : new Error('Wrong user or password'), { user: login.user });
		},
		onMailFrom: (_address, _session, done) => {
			done(isDown ? Object.assign(new Error('No space left'), { responseCode: 452 }) : null);
		},
		onData: (stream, { envelope }, done) => {
			text(stream).then((source) => {
				mails.push({
					from: envelope.mailFrom ? envelope.mailFrom.address : '',
					to: envelope.rcptTo.map(({ address }) => address),
					...decoded(source),
				});
				done();
			}, done);
		},
	});
	server.listen(0, HOST);
	await once(server.server, 'listening');
	const { port } = server.server.address() as AddressInfo;
	return {
		...{ host: HOST, port, ...login, mails },
		goDown: () => (isDown = true),
		comeBack: () => (isDown = false),
		stop: async () => await new Promise((resolve) => server.close(resolve)),
	};
}

/** A mail of one part, or of a text and files, in one of the encodings that mails go in. */
function decoded(source: string): Pick<ReceivedMail, 'subject' | 'text' | 'attachments'> {
	const mail = partIn(source);
	const subject = mail
		.header('Subject')
		.replace(/=\?utf-8\?([BQ])\?(.*?)\?=\s*/gi, (_all, kind, word) =>
			kind.toUpperCase() === 'B' ? fromBase64(word) : fromQuotedPrintable(word.replace(/_/g, ' ')),
		);
	const boundary = /boundary="([^"]+)"/.exec(mail.header('Content-Type'))?.[1];
	if (boundary === undefined) return { subject, text: mail.content, attachments: [] };
	const [text, ...files] = source.split(`\r\n--${boundary}`).slice(1, -1).map(partIn);
	const attachments = files.map(({ header, content }) => ({
		fileName:
			/filename=(?:"([^"]+)"|(\S+))/.exec(header('Content-Disposition'))?.slice(1).find(Boolean) ??
			'',
		content,
	}));
	return { subject, text: text?.content ?? '', attachments };
}

function partIn(source: string) {
	const [head = '', ...body] = source.split('\r\n\r\n');
	const header = (name: string) =>
		new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'im').exec(head)?.[1]?.replace(/\r\n/g, '') ?? '';
	const content = bodyText(body.join('\r\n\r\n'), header('Content-Transfer-Encoding'));
	return { header, content };
}

function bodyText(body: string, encoding: string): string {
	if (/base64/i.test(encoding)) return fromBase64(body);
	return /quoted-printable/i.test(encoding) ? fromQuotedPrintable(body) : body;
}

const fromBase64 = (encoded: string) => Buffer.from(encoded, 'base64').toString('utf8');

function fromQuotedPrintable(encoded: string): string {
	const bytes = encoded
		.replace(/=\r\n/g, '')
		.replace(/=([0-9A-F]{2})/gi, (_all, hex: string) =>
			String.fromCharCode(Number.parseInt(hex, 16)),
		);
	return Buffer.from(bytes, 'latin1').toString('utf8');
}
