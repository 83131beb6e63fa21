import { html, type Markup } from './markup';

/** A cell: text, or text in the colour of a verdict. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** What a colour says; the words always say it too. */
export type Tone = 'good' | 'warn' | 'bad' | 'unknown';

export interface Row {
	readonly name: string;
	/** In small letters below the name. */
	readonly detail?: string;
	readonly cells: readonly Cell[];
}

/** A table with a name first in each row; on a telephone every row becomes a list. */
export function table(titles: readonly string[], rows: readonly Row[]): Markup {
	const [first, ...others] = titles;
	return html`<table>
		<thead>
			<tr>
				<th>${first}</th>
				${others.map((title) => html`<th>${title}</th>`)}
			</tr>
		</thead>
		<tbody>
			${rows.map(
				({ name, detail, cells }) =>
					html`<tr>
						<td class="name">
							${name}${detail === undefined ? undefined : html`<span class="muted">${detail}</span>`}
						</td>
						${cells.map((cell, index) => cellOf(cell, others[index]))}
					</tr> `,
			)}
		</tbody>
	</table>`;
}

function cellOf(cell: Cell, title: string | undefined): Markup {
	if (typeof cell === 'string') return html`<td data-title="${title}">${cell}</td>`;
	return html`<td data-title="${title}"><span class="${cell.tone}">${cell.text}</span></td>`;
}
