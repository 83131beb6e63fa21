/** Lines of cells as aligned columns, indented. */
export function table(lines: readonly (readonly string[])[]): string {
	const columns = lines[0]?.map((_, column) =>
		Math.max(...lines.map((line) => line[column]?.length ?? 0)),
	);
	return lines
		.map((line) => line.map((cell, column) => cell.padEnd(columns?.[column] ?? 0)).join('   '))
		.map((line) => `  ${line.trimEnd()}`)
		.join('\n');
}

export function seconds(milliseconds: number): string {
	return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function count(number: number): string {
	return number.toLocaleString('en-GB');
}
