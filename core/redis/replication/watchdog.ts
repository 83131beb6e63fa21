import { BackupError } from '../../errors';

/** Ends a connection over which nothing comes any more. */
export class Watchdog {
	/** Whether it is somebody else's fault that nothing came. */
	excuse: () => boolean = () => false;
	private readonly timer: NodeJS.Timeout;

	constructor(idleMs: number, onSilence: (error: BackupError) => void) {
		this.timer = setInterval(() => {
			if (!this.excuse()) onSilence(silent(idleMs));
		}, idleMs);
	}

	/** Something came. */
	alive(): void {
		this.timer.refresh();
	}

	stop(): void {
		clearInterval(this.timer);
	}
}

function silent(ms: number): BackupError {
	return new BackupError(
		`The Redis server has sent nothing for ${Math.round(ms / 1000)} seconds, so the snapshot was given up.`,
		{ hint: 'Nothing was stored. Check that the server runs, and the network between.' },
	);
}
