import type { PlaceholderType } from '../vocabulary';
import { amountIn, numberIn } from './amount';
import { type Literal, type Operand, type Operator, placeholderOf, typeOf } from './condition';
import { ConditionSyntaxError } from './syntax-error';

/** An operand, and where it begins in the text, from 0. */
interface Side {
	readonly operand: Operand;
	readonly at: number;
}

/**
 * Throws `ConditionSyntaxError` for a comparison that is well-formed and still says nothing: one that no
 * observation could ever meet, or that looks at none.
 */
export function assertMeaning(left: Side, operator: Operator, right: Side): void {
	if (!placeholderOf(left.operand) && !placeholderOf(right.operand)) {
		throw new ConditionSyntaxError(
			'one side has to be a placeholder, such as [CONNECTED]',
			left.at + 1,
		);
	}
	assertSide(left, operator, typeOf(right.operand));
	assertSide(right, operator, typeOf(left.operand));
}

/** `other` is the type of what it is compared with. */
function assertSide(
	{ operand, at }: Side,
	operator: Operator,
	other: PlaceholderType | undefined,
): void {
	const isOrder = operator !== '==' && operator !== '!=';
	const refuse = (reason: string): never => {
		throw new ConditionSyntaxError(reason, at + 1);
	};
	if (operand.kind === 'pattern' || operand.kind === 'any') {
		if (isOrder)
			refuse(`${operator} cannot be used with ${operand.kind === 'any' ? 'any' : 'pat'}()`);
		const options = operand.kind === 'any' ? operand.of : [];
		for (const option of options)
			if (option.kind === 'literal') assertLiteral(option, isOrder, other, refuse);
	} else if (operand.kind === 'literal') {
		assertLiteral(operand, isOrder, other, refuse);
	} else if (isOrder && !hasOrder(typeOf(operand))) {
		refuse(`${operator} needs something that can be more or less`);
	}
}

function hasOrder(type: PlaceholderType | undefined): boolean {
	return type !== 'boolean' && type !== 'fields';
}

function assertLiteral(
	{ text }: Literal,
	isOrder: boolean,
	other: PlaceholderType | undefined,
	refuse: (reason: string) => never,
): void {
	if (other === 'boolean' && text !== 'true' && text !== 'false')
		refuse('true or false is expected');
	if (other === 'number' && numberIn(text) === undefined) refuse('a number is expected');
	if (other === 'duration' && amountIn(text) === undefined) {
		refuse('a duration such as 500ms, 30s, 60m, 48h or 14d is expected');
	}
	if (typeof other === 'object' && !other.includes(text)) {
		refuse(`one of ${other.join(', ')} is expected`);
	}
	if (isOrder && typeof other === 'string' && amountIn(text) === undefined) {
		refuse('a number or a duration is expected');
	}
}
