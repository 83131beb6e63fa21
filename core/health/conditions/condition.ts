import type { PlaceholderType } from '../vocabulary';

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export interface Condition {
	/** As it was written, without blanks around it. */
	readonly text: string;
	readonly left: Operand;
	readonly operator: Operator;
	readonly right: Operand;
}

/** A key of an object or a place in a list, from 0. */
export type Path = readonly (string | number)[];

export interface Placeholder {
	readonly kind: 'placeholder';
	readonly name: string;
	readonly type: PlaceholderType;
	readonly path: Path;
}

export interface Literal {
	readonly kind: 'literal';
	readonly text: string;
}

/** `pat(…)`: a text in which `*` stands for anything and `?` for one character. */
export interface Pattern {
	readonly kind: 'pattern';
	readonly glob: string;
}

export interface AnyOf {
	readonly kind: 'any';
	readonly of: readonly (Literal | Pattern)[];
}

/** `len(…)` or `has(…)`. */
export interface Measure {
	readonly kind: 'len' | 'has';
	readonly of: Placeholder;
}

export type Operand = AnyOf | Literal | Measure | Pattern | Placeholder;

/** The placeholder that an operand reads, if it reads one. */
export function placeholderOf(operand: Operand): Placeholder | undefined {
	if (operand.kind === 'placeholder') return operand;
	return operand.kind === 'len' || operand.kind === 'has' ? operand.of : undefined;
}

/** What an operand gives when it is evaluated; nothing for a literal, which can be many things. */
export function typeOf(operand: Operand): PlaceholderType | undefined {
	if (operand.kind === 'len') return 'number';
	if (operand.kind === 'has') return 'boolean';
	return operand.kind === 'placeholder' ? operand.type : undefined;
}
