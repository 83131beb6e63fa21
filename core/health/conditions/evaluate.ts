import { Absent, type Observation, type Observed, ObservedText } from '../observation';
import { amountIn, numberIn } from './amount';
import {
	type Condition,
	type Operand,
	placeholderOf,
	type Path,
	type Placeholder,
} from './condition';
import { matchesPattern } from './pattern';

/** An object or a list, which can be counted but is not compared. */
export class Structure {
	constructor(
		readonly kind: 'list' | 'object',
		readonly size: number,
	) {}
}

export type Resolved = Absent | Structure | string;

export interface Verdict {
	readonly met: boolean;
	/** What was seen in the place of the placeholder; not yet fit to be shown. */
	readonly seen: Resolved;
}

/**
 * Whether an observation meets a condition. One whose value could not be seen is not met, whatever it
 * compares with: what is unknown is never healthy. Only `has()` can be met by it.
 */
export function evaluate(condition: Condition, observation: Observation): Verdict {
	const left = resolve(condition.left, observation);
	const right = resolve(condition.right, observation);
	const seen = placeholderOf(condition.left) ? left : right;
	return { met: compare(condition, left, right), seen };
}

function compare({ left, operator, right }: Condition, first: Resolved, second: Resolved): boolean {
	if (typeof first !== 'string' || typeof second !== 'string') return false;
	switch (operator) {
		case '==':
			return isEqual({ operand: left, value: first }, { operand: right, value: second });
		case '!=':
			return !isEqual({ operand: left, value: first }, { operand: right, value: second });
		default: {
			const rank = ranking(left, right);
			const [a, b] = [rank(first), rank(second)];
			if (a === undefined || b === undefined) return false;
			if (operator === '<') return a < b;
			if (operator === '<=') return a <= b;
			return operator === '>' ? a > b : a >= b;
		}
	}
}

interface Side {
	readonly operand: Operand;
	readonly value: string;
}

function isEqual(left: Side, right: Side): boolean {
	for (const [one, other] of [
		[left.operand, right],
		[right.operand, left],
	] as const) {
		if (one.kind === 'pattern') return matchesPattern(other.value, one.glob);
		if (one.kind !== 'any') continue;
		return one.of.some((option) =>
			option.kind === 'pattern'
				? matchesPattern(other.value, option.glob)
				: isSame(other.value, option.text, other.operand),
		);
	}
	return isSame(left.value, right.value, left.operand, right.operand);
}

function isSame(first: string, second: string, ...operands: Operand[]): boolean {
	if (first === second) return true;
	const isDuration = operands.some((one) => one.kind === 'placeholder' && one.type === 'duration');
	const read = isDuration ? amountIn : safeNumber;
	const amount = read(first);
	return amount !== undefined && amount === read(second);
}

/** Long identifiers that differ in the last digits only are the same number to a computer. */
function safeNumber(text: string): number | undefined {
	const number = numberIn(text);
	return number === undefined || Math.abs(number) > Number.MAX_SAFE_INTEGER ? undefined : number;
}

/** How values are put in order: as amounts, or as the words of a placeholder that has a list of them. */
function ranking(...operands: Operand[]): (text: string) => number | undefined {
	for (const one of operands) {
		if (one.kind !== 'placeholder' || typeof one.type === 'string') continue;
		const words = one.type;
		return (text) => (words.includes(text) ? words.indexOf(text) : undefined);
	}
	return amountIn;
}

function resolve(operand: Operand, { values }: Observation): Resolved {
	switch (operand.kind) {
		case 'literal':
			return operand.text;
		case 'pattern':
		case 'any':
			return ''; // is compared by its own rules
		case 'has':
			return String(!(look(operand.of, values) instanceof Absent));
		case 'len':
			return lengthOf(look(operand.of, values));
		case 'placeholder':
			return look(operand, values);
	}
}

function lengthOf(value: Resolved): Resolved {
	if (value instanceof Absent) return value;
	return String(value instanceof Structure ? value.size : value.length);
}

function look({ name, path }: Placeholder, values: Observation['values']): Resolved {
	const value: Observed | undefined = Object.hasOwn(values, name) ? values[name] : undefined;
	if (value === undefined) return new Absent('it could not be observed');
	if (value instanceof Absent) return value;
	if (value instanceof ObservedText) return inText(value, path);
	if (typeof value === 'object') {
		return value.get(String(path[0]).toLowerCase()) ?? new Absent('there is no such field');
	}
	return String(value);
}

function inText(document: ObservedText, path: Path): Resolved {
	if (path.length === 0) return document.text.trim();
	const parsed = document.json;
	if (parsed instanceof Absent) return parsed;
	let value = parsed.json;
	for (const step of path) {
		// Own properties only: what every object inherits is not in the document.
		if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) {
			return new Absent('there is no such field');
		}
		if (Array.isArray(value) && typeof step !== 'number')
			return new Absent('there is no such field');
		value = Reflect.get(value, step);
	}
	if (Array.isArray(value)) return new Structure('list', value.length);
	if (typeof value === 'object' && value !== null) {
		return new Structure('object', Object.keys(value).length);
	}
	return String(value);
}
