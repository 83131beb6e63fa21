import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ConfigurationError, NotFoundError } from '../errors';
import type { FileSource } from './file-source';

/** By these a vault names the entries of a list, the surest first. */
const NAMES = ['id', 'label', 'name'];
const PLACE = /^\d+$/;

/**
 * A text within a JSON document, as a file of its own: so an env file that a vault keeps as a note or a
 * field is compared without ever being in an item. `path` is a JSON Pointer (RFC 6901), in which an
 * entry of a list may also be called by its id, label or name, e.g. `/fields/notesPlain/value`.
 *
 * Opening rejects with `ConfigurationError` where the document is no JSON or the path no pointer, and
 * with `NotFoundError` where no text is there; neither quotes the document.
 */
export function textInJson(document: FileSource, path: string): FileSource {
	const open: FileSource['open'] = async () => {
		const file = await document.open();
		try {
			const text = textAt(parse(await buffer(await file.read())), path);
			const read = async () => Readable.from([Buffer.from(text)]);
			return { read, assertUnchanged: file.assertUnchanged, close: file.close };
		} catch (error) {
			await file.close();
			throw error;
		}
	};
	return { fileName: document.fileName, open };
}

function parse(content: Buffer): unknown {
	try {
		return JSON.parse(content.toString('utf8'));
	} catch {
		throw new ConfigurationError('The document that should hold the text is no JSON.', {
			hint: 'See what the node before this one has fetched: a page that asks for a login, for example.',
		});
	}
}

function textAt(document: unknown, path: string): string {
	if (!path.startsWith('/')) {
		throw new ConfigurationError(`"${path}" is not the path to a text in JSON.`, {
			hint: 'Begin it with a slash, and put one between its parts, e.g. /fields/notesPlain/value.',
		});
	}
	let found = document;
	for (const step of path.slice(1).split('/')) {
		found = entryOf(found, step.replaceAll('~1', '/').replaceAll('~0', '~'));
	}
	if (typeof found === 'string') return found;
	throw new NotFoundError(`The JSON document has no text at ${path}.`, {
		hint: 'Compare the path with the names of the fields in the vault; case counts.',
	});
}

function entryOf(value: unknown, step: string): unknown {
	if (Array.isArray(value)) {
		const list: unknown[] = value;
		const named = NAMES.map((name) => list.find((entry) => own(entry, name) === step));
		return named.find((entry) => entry !== undefined) ?? (PLACE.test(step) && list[Number(step)]);
	}
	return own(value, step);
}

function own(value: unknown, name: string): unknown {
	const has = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
	return has ? (value as Record<string, unknown>)[name] : undefined;
}
