import { type Colour, dark, darkPictures, light } from './palette';

/** Colours are set in this one place, once for each ground. */
function colours(of: (colour: Colour) => string): string {
	const tones = (['good', 'warn', 'bad', 'unknown'] as const).map(
		(tone) =>
			`.${tone} { color: ${of(tone)}; } .verdict.${tone} { border-color: ${of(tone)}; color: ${of('ink')}; } .verdict.${tone} b { color: ${of(tone)}; }`,
	);
	return `
body { background: ${of('page')}; color: ${of('ink')}; }
.page { background: ${of('card')}; }
.muted, .caption, th, .figure span, td::before { color: ${of('muted')}; }
h2, tr, th, td, .figures, .footer { border-color: ${of('line')}; }
.verdict { background: ${of('page')}; }
${tones.join('\n')}`;
}

/** One style block: mail programs keep it or drop it as a whole, and without it the page still reads. */
export const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 0; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; -webkit-text-size-adjust: 100%; }
.page { max-width: 672px; margin: 0 auto; padding: 32px; border-radius: 8px; }
h1 { margin: 0; font-size: 26px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 40px 0 12px; padding-top: 20px; border-top: 1px solid; font-size: 18px; line-height: 1.3; }
h3 { margin: 24px 0 4px; font-size: 15px; }
p { margin: 0 0 12px; }
ol, ul { margin: 0 0 12px; padding-left: 22px; }
li { margin-bottom: 6px; }
.muted, .caption { font-size: 13px; }
.caption { margin: 0 0 4px; }
.verdict { margin: 20px 0; padding: 14px 18px; border-left: 5px solid; border-radius: 4px; font-size: 16px; font-weight: 400; }
.verdict b { display: block; font-size: 19px; }
.figures { margin: 20px 0 0; font-size: 0; }
.figure { display: inline-block; width: 25%; vertical-align: top; font-size: 15px; }
.figure b { display: block; font-size: 20px; line-height: 1.3; font-weight: 600; }
.figure span { display: block; padding-right: 12px; font-size: 13px; line-height: 1.35; }
table { width: 100%; margin: 8px 0 12px; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px 7px 0; border-bottom: 1px solid; text-align: left; vertical-align: top; }
th { font-size: 13px; font-weight: 600; vertical-align: bottom; }
th:last-child, td:last-child { padding-right: 0; }
td.name { overflow-wrap: anywhere; font-weight: 600; }
td.name span { display: block; font-weight: 400; }
td .good, td .warn, td .bad, td .unknown { font-weight: 600; }
tr:last-child td { border-bottom: 0; }
.charts { font-size: 0; }
.chart { display: inline-block; width: 328px; max-width: 100%; margin: 0 16px 12px 0; vertical-align: bottom; font-size: 15px; }
.chart + .chart { margin-right: 0; }
svg { display: block; width: 100%; height: auto; }
.footer { margin-top: 40px; padding-top: 16px; border-top: 1px solid; }
${colours(light)}
@media screen and (max-width: 620px) {
	body { padding: 0; }
	.page { padding: 24px 16px; border-radius: 0; }
	.figure { width: 50%; margin-bottom: 12px; }
	.chart, .chart + .chart { display: block; width: auto; max-width: 400px; margin: 0 0 16px; }
	table, tbody, tr, td { display: block; }
	thead { display: none; }
	tr { padding: 8px 0; }
	td, td:last-child { padding: 2px 0 2px 50%; border: 0; overflow-wrap: anywhere; }
	td.name { padding-left: 0; }
	td::before { content: attr(data-title); float: left; width: 94%; margin-left: -100%; padding-right: 6%; box-sizing: border-box; font-weight: 400; }
	td.name::before { content: none; }
	tbody tr + tr { border-width: 1px 0 0; border-style: solid; }
}
@media screen and (prefers-color-scheme: dark) {
${colours(dark)}
${darkPictures()}
}
@media print {
	@page { margin: 16mm 14mm; }
	body { padding: 0; background: none; font-size: 10.5pt; }
	.page { max-width: none; padding: 0; }
	.verdict, .page { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
	h2, h3 { break-after: avoid; }
	tr, .chart, .charts, li, .verdict, .figures { break-inside: avoid; }
}
`;
