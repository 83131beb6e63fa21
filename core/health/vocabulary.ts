/**
 * What a placeholder holds, which says what it can be compared with:
 * `document` is a text that paths lead into where it is JSON, `fields` are values by name, such as
 * headers, and a list names the only words there are, from the least to the most.
 */
export type PlaceholderType =
	'boolean' | 'document' | 'duration' | 'fields' | 'number' | 'text' | readonly string[];

/** The placeholders of one kind of check, by their names in capitals. */
export type Vocabulary = Readonly<Record<string, PlaceholderType>>;

/** A kind of check: what its conditions can speak of, and which ones hold where none are given. */
export interface CheckKind {
	readonly vocabulary: Vocabulary;
	readonly defaults: { readonly fail: readonly string[]; readonly warn: readonly string[] };
	/** The figure that stands for the check in the output. */
	readonly measurement: {
		/** As in `responseTime`. */
		readonly name: string;
		readonly placeholder: string;
		/** Left out where there is none. For a duration, the one that it is rounded down to. */
		readonly unit?: string;
	};
	/** As the health+json draft has it. */
	readonly componentType: 'component' | 'datastore' | 'system';
}
