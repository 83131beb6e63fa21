import { STICKY_NOTE, type Rule } from './rule';

const GRID = 16;

/** Off the grid, a node jumps as soon as somebody touches it. */
export const isOnTheGrid: Rule = ({ nodes }) =>
	nodes
		.filter(({ position, parameters: { width = 0, height = 0 }, type }) => {
			const size = type === STICKY_NOTE ? [Number(width), Number(height)] : [];
			return [...position, ...size].some((value) => value % GRID !== 0);
		})
		.map(({ name }) => `"${name}" is off the grid of ${GRID}.`);

/** Nobody reads a manual in an incident. */
export const explainsItself: Rule = ({ nodes }) => {
	const notes = nodes.filter(({ type }) => type === STICKY_NOTE);
	if (notes.length === 0) return ['It has no sticky note.'];
	return notes
		.filter(({ parameters }) => typeof parameters.content !== 'string' || !parameters.content)
		.map(({ name }) => `The sticky note "${name}" is empty.`);
};
