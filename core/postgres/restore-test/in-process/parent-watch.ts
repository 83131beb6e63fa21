import { Socket } from 'node:net';

/**
 * Ends the process as soon as its parent is gone, however that ended: then the pipe that is the
 * standard input, to which nobody ever writes, is closed. In a thread of its own, since PGlite may
 * keep the main one busy for minutes.
 */
new Socket({ fd: 0 })
	.on('error', () => undefined)
	.once('close', () => process.kill(process.pid, 'SIGKILL'))
	.resume();
