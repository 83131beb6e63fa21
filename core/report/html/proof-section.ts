import type { Report } from '../build-report';
import type { GroupReport } from '../group';
import { counted, humanBytes, humanDateTime, humanDuration } from '../words';
import { nameOf } from '../headline';
import { html, type Markup } from './markup';
import { type Cell, type Row, table } from './table';

/** What was proved, and how much there is. */
export function proofSection({ groups, timeZone, generatedAt }: Report): Markup | undefined {
	if (groups.length === 0) return undefined;
	return html`<h2>Proof and size</h2>
		<p class="muted">
			When a backup last passed each test, and the newest one that is proved to be readable.
		</p>
		${table(
			['Backup', 'Newest proved', 'Read to its end', 'Restored for a test', 'Newest size', 'All'],
			groups.map((group) => rowOf(group, timeZone, generatedAt)),
		)}`;
}

function rowOf(group: GroupReport, timeZone: string, now: number): Row {
	const { component, newestProved, newestId, verifiedAt, newestBytes, totalBytes } = group;
	const ago = (at: number | undefined): Cell =>
		at === undefined ? 'never' : `${humanDuration((now - at) / 1000)} ago`;
	const isNewest = newestProved !== undefined && newestProved.id === newestId;
	return {
		name: nameOf(group),
		detail: `${component}, ${counted(group.backups, 'backup')}`,
		cells: [
			newestProved === undefined
				? { text: 'none', tone: 'bad' }
				: isNewest
					? 'the newest'
					: { text: humanDateTime(newestProved.at, timeZone), tone: 'warn' },
			ago(later(verifiedAt.readable, later(verifiedAt.restored, verifiedAt.smoke))),
			ago(later(verifiedAt.restored, verifiedAt.smoke)),
			newestBytes === undefined ? 'no backup' : humanBytes(newestBytes),
			humanBytes(totalBytes),
		],
	};
}

/** What is restored was read to its end as well. */
function later(one: number | undefined, other: number | undefined): number | undefined {
	if (one === undefined || other === undefined) return one ?? other;
	return Math.max(one, other);
}
