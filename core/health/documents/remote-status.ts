/** What a server says of its own health. */
export interface RemoteHealth {
	readonly status: 'fail' | 'pass' | 'unknown' | 'warn';
	/** The parts that are not well, by their names. */
	readonly unwell: readonly string[];
}

/** A server's word for the whole, which is not better than a warning while a part of it is not well. */
export function withParts(status: RemoteHealth['status'], unwell: readonly string[]): RemoteHealth {
	return { status: status === 'pass' && unwell.length > 0 ? 'warn' : status, unwell };
}
