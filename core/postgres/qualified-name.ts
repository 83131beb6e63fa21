/** A table or sequence, by the names of the catalogue, unquoted. */
export interface QualifiedName {
	schema: string;
	name: string;
}

/** A text that two names share only if they are the same, for maps and sets. */
export function keyOf({ schema, name }: QualifiedName): string {
	return JSON.stringify([schema, name]);
}
