/**
 * A signal that fires some milliseconds after another one: for requests whose outcome must be known,
 * which a cancel gives a moment to end.
 */
export function withGrace(signal: AbortSignal, milliseconds: number): AbortSignal {
	const late = new AbortController();
	const start = () => setTimeout(() => late.abort(), milliseconds).unref();
	if (signal.aborted) start();
	else signal.addEventListener('abort', start, { once: true });
	return late.signal;
}
