const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Aborts the signal that it returns when somebody wants the process to end: by Ctrl-C, by `kill`, or by
 * the loss of the connection to the terminal. The process goes on until it has cleaned up.
 */
export function watchForCancel(tell: (line: string) => void): AbortSignal {
	const controller = new AbortController();
	for (const name of SIGNALS) {
		process.on(name, () => {
			tell(
				controller.signal.aborted
					? 'Still cleaning up: what was begun is being removed.'
					: 'Cancelling. What was begun is removed first.',
			);
			controller.abort();
		});
	}
	return controller.signal;
}
