import type { IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { Check } from '../../../core/health/check';

/** One kind of check: its entry in the list, its fields in a row, and how a row becomes a check. */
export interface NodeCheckKind {
	/** `value` is the same as the kind's key in `kinds`. */
	readonly option: INodePropertyOptions;
	/** Fields of a row, shown for this kind only. */
	readonly fields: INodeProperties[];
	/** Without which a row of this kind cannot be checked. */
	readonly credential?: { readonly type: string; readonly displayName: string };
	/** The conditions that hold where none are given, for the fields' placeholders. */
	readonly defaults: Check['kind']['defaults'];
	/**
	 * Understands a row as n8n gives it; throws `ConfigurationError`. `context` and `itemIndex` are for
	 * the credential of the kind, which is there.
	 */
	readonly read: (
		row: unknown,
		context: IExecuteFunctions,
		itemIndex: number,
	) => Promise<Target> | Target;
}

export type Target = Pick<Check, 'kind' | 'probe' | 'target'> & {
	/** What the check is called where the row has no name. */
	readonly defaultName: string;
};
