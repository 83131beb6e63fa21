import type { PlaceholderType, Vocabulary } from '../vocabulary';
import type {
	AnyOf,
	Condition,
	Literal,
	Measure,
	Operand,
	Operator,
	Path,
	Pattern,
	Placeholder,
} from './condition';
import { assertMeaning } from './meaning';
import { ConditionSyntaxError } from './syntax-error';

/** A longer condition is a mistake; and the time that a pattern takes has this bound. */
const LONGEST = 500;

const PLACEHOLDER = /\[([A-Za-z][A-Za-z_]*)\]/y;
const KEY = /\.([^\s.[\](),]+)/y;
const INDEX = /\[(\d{1,9})\]/y;
const MEASURE = /(len|has)\(\s*/y;
const PATTERN = /pat\(/y;
const ANY = /any\(/y;
const OPERATOR = /\s*(==|!=|<=|>=|<|>)(?=\s|$|\[|\w|-)/y;
const BLANKS = /\s*/y;
/** What follows the closing bracket of `pat(…)`, whose text may have brackets of its own. */
const BEFORE_OPERATOR = /\s*(==|!=|<=|>=|<|>)\s/y;
const AT_END = /\s*$/y;
const AFTER_OPTION = /\s*[,)]/y;

/**
 * Reads a condition in the syntax of Gatus, such as `[BODY].items[0].id == any(1, 2)`. Throws
 * `ConditionSyntaxError` for one that is malformed, names a placeholder that is not in `vocabulary`, or
 * could never be met, such as `[STATUS] == OK`.
 */
export function parseCondition(text: string, vocabulary: Vocabulary): Condition {
	return new Parser(text, vocabulary).condition();
}

class Parser {
	private at = 0;

	constructor(
		private readonly text: string,
		private readonly vocabulary: Vocabulary,
	) {
		if (text.length > LONGEST) {
			throw new ConditionSyntaxError(`it is longer than ${LONGEST} characters`, LONGEST + 1);
		}
	}

	condition(): Condition {
		this.take(BLANKS);
		const leftAt = this.at;
		const left = this.operand(/\s(==|!=|<=|>=|<|>)\s/g, BEFORE_OPERATOR);
		const operatorAt = this.at;
		const operator = this.take(OPERATOR)?.[1] as Operator | undefined;
		if (!operator) this.refuse('==, !=, <, <=, > or >= is expected', this.skipped(operatorAt));
		this.take(BLANKS);
		const rightAt = this.at;
		const right = this.operand(/$/g, AT_END);
		this.take(BLANKS);
		if (this.at < this.text.length) this.refuse('this is more than one comparison');
		assertMeaning({ operand: left, at: leftAt }, operator, { operand: right, at: rightAt });
		return { text: this.text.trim(), left, operator, right };
	}

	/** `end` finds where a literal ends, `after` what comes behind a pattern. */
	private operand(end: RegExp, after: RegExp): Operand {
		if (this.text[this.at] === '[') return this.placeholder();
		return this.measure() ?? this.pattern(after) ?? this.any() ?? this.literal(end);
	}

	private placeholder(): Placeholder {
		const start = this.at;
		const name = this.take(PLACEHOLDER)?.[1]?.toUpperCase();
		if (name === undefined) this.refuse('a placeholder such as [CONNECTED] is expected');
		const type = Object.hasOwn(this.vocabulary, name) ? this.vocabulary[name] : undefined;
		if (type === undefined) this.refuse(`this kind of check has no [${name}]`, start);
		return { kind: 'placeholder', name, type, path: this.path(type, `[${name}]`) };
	}

	private path(type: PlaceholderType, name: string): Path {
		const start = this.at;
		const path: (string | number)[] = [];
		for (;;) {
			const key = this.take(KEY)?.[1];
			const index = key === undefined ? this.take(INDEX)?.[1] : undefined;
			if (key === undefined && index === undefined) break;
			path.push(key ?? Number(index));
		}
		if (this.text[this.at] === '.') this.refuse('a name is expected after the full stop');
		if (this.text[this.at] === '[') this.refuse('a number is expected between the brackets');
		if (type === 'fields') {
			if (path.length === 1 && typeof path[0] === 'string') return path;
			this.refuse(`one name is expected after ${name}, as in ${name}.content-type`, start);
		}
		if (path.length > 0 && type !== 'document') this.refuse(`${name} has no parts`, start);
		return path;
	}

	private measure(): Measure | undefined {
		const start = this.at;
		const kind = this.take(MEASURE)?.[1] as Measure['kind'] | undefined;
		if (!kind) return undefined;
		const of = this.placeholder();
		this.take(BLANKS);
		if (this.text[this.at++] !== ')') this.refuse('a closing bracket is expected', this.at - 1);
		if (kind === 'len' && !['document', 'fields', 'text'].includes(String(of.type))) {
			this.refuse(`[${of.name}] has no length`, start);
		}
		return { kind, of };
	}

	private pattern(after: RegExp): Pattern | undefined {
		const start = this.at;
		if (!this.take(PATTERN)) return undefined;
		const from = this.at;
		for (let end = from; (end = this.text.indexOf(')', end)) >= 0; end++) {
			after.lastIndex = end + 1;
			if (!after.test(this.text)) continue;
			this.at = end + 1;
			return { kind: 'pattern', glob: this.text.slice(from, end) };
		}
		this.refuse('this bracket is not closed', start + 'pat'.length);
	}

	private any(): AnyOf | undefined {
		const start = this.at;
		if (!this.take(ANY)) return undefined;
		const of: (Literal | Pattern)[] = [];
		for (;;) {
			this.take(BLANKS);
			of.push(this.pattern(AFTER_OPTION) ?? this.literal(/[,)]/g));
			this.take(BLANKS);
			const next = this.text[this.at++];
			if (next === ')') return { kind: 'any', of };
			if (next !== ',') this.refuse('this bracket is not closed', start + 'any'.length);
		}
	}

	private literal(end: RegExp): Literal {
		const start = this.at;
		end.lastIndex = start;
		this.at = end.exec(this.text)?.index ?? this.text.length;
		const text = this.text.slice(start, this.at).trim();
		if (text === '') this.refuse('a value is expected', start);
		if (/^(["']).*\1$/.test(text)) this.refuse('a text is written without quotation marks', start);
		if (text.startsWith('[')) this.refuse('a value is expected, and not a bracket', start);
		return { kind: 'literal', text };
	}

	private take(pattern: RegExp): RegExpExecArray | undefined {
		pattern.lastIndex = this.at;
		const match = pattern.exec(this.text);
		if (!match) return undefined;
		this.at += match[0].length;
		return match;
	}

	private skipped(at: number): number {
		return at + (/^\s*/.exec(this.text.slice(at))?.[0].length ?? 0);
	}

	private refuse(reason: string, at = this.at): never {
		throw new ConditionSyntaxError(reason, at + 1);
	}
}
