import { humanBytes } from '../../core/report/words';
import type { Surroundings } from '../command';

const STEP = 10;

/**
 * Tells how much of a backup was read: on a terminal in one line, else one line for each tenth.
 * A backup may be read more than once, to look at it before anything is touched.
 */
export function readingProgress(
	{ isWatched, show, tell }: Surroundings,
	total: number,
): (bytes: number) => void {
	let told = -1;
	return (bytes) => {
		const percent = total === 0 ? 100 : Math.min(100, Math.floor((bytes / total) * 100));
		const step = isWatched ? percent : Math.floor(percent / STEP) * STEP;
		if (step === told) return;
		told = step;
		const line = `Read ${step} % of ${humanBytes(total)}`;
		if (isWatched) show(line);
		else tell(line);
	};
}
