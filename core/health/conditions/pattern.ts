/**
 * Whether the whole of `text` is as `glob` says: `*` stands for any characters or none, `?` for one.
 * Never goes back further than to the last `*`, so it takes at most the product of both lengths.
 */
export function matchesPattern(text: string, glob: string): boolean {
	let [at, inGlob] = [0, 0];
	let star: { at: number; inGlob: number } | undefined;
	while (at < text.length) {
		const wanted = glob[inGlob];
		if (wanted === '*') {
			star = { at, inGlob: ++inGlob };
		} else if (wanted !== undefined && (wanted === '?' || wanted === text[at])) {
			at++;
			inGlob++;
		} else if (star) {
			at = ++star.at;
			inGlob = star.inGlob;
		} else {
			return false;
		}
	}
	while (glob[inGlob] === '*') inGlob++;
	return inGlob === glob.length;
}
