const VOID = new Set(['meta', 'br']);
const TOKEN =
	/<!doctype html>|<\/([a-z][A-Za-z0-9]*)>|<([a-z][A-Za-z0-9]*)((?: [a-zA-Z:-]+="[^"<>]*")*) ?(\/?)>|<style>[^<]*<\/style>|[^<>]+/gy;

/** Parses a page more strictly than any browser: throws where a tag is open, stray or odd. */
export function parseStrictly(page: string): { text: string; tags: string[] } {
	const open: string[] = [];
	const tags: string[] = [];
	let text = '';
	let end = 0;
	for (const match of page.matchAll(TOKEN)) {
		const [token, closed, opened, , selfClosed] = match;
		end = match.index + token.length;
		if (closed !== undefined) {
			const expected = open.pop();
			if (expected !== closed) throw new Error(`</${closed}> ends <${expected}>.`);
		} else if (opened !== undefined) {
			tags.push(opened);
			if (selfClosed === '' && !VOID.has(opened)) open.push(opened);
		} else if (!token.startsWith('<')) text += token;
	}
	if (end !== page.length) throw new Error(`Not HTML: ${page.slice(end, end + 80)}`);
	if (open.length > 0) throw new Error(`Still open: ${open.join(', ')}.`);
	return { text, tags };
}
