import type { ServerProbe } from '../probe';
import { RdbWalker } from '../rdb/walker';
import type { ReceivedRdb } from '../replication/receive-rdb';
import type { Spool } from '../spool';

/** The facts of the server stand in the first bytes of the file. */
const HEAD_BYTES = 4 * 1024;

/**
 * When the server forked: from then on its changes are not in the snapshot. The new process writes the
 * time into the file (`ctime`, in whole seconds, rounded down, by the server's clock), which is
 * translated into this machine's. It is never later than the moment when the first byte came. A file
 * without it counts from when it was asked for, since that is what is known for sure.
 */
export async function consistencyPointOf(
	spool: Spool,
	{ requestedAt, begunAt }: ReceivedRdb,
	{ clockAheadMs = 0 }: ServerProbe,
): Promise<Date> {
	const ctime = await readCreationTime(spool);
	if (ctime === undefined) return requestedAt;
	return new Date(Math.min(Math.round(ctime * 1000 - clockAheadMs), begunAt.getTime()));
}

async function readCreationTime(spool: Spool): Promise<number | undefined> {
	let ctime: number | undefined;
	const aux = (name: string, value: string) => {
		if (name === 'ctime' && /^\d{1,12}$/.test(value)) ctime = Number(value);
	};
	const walker = new RdbWalker({ aux }, (what) => new Error(what));
	try {
		for await (const chunk of spool.reader(HEAD_BYTES) as AsyncIterable<Buffer>) walker.push(chunk);
	} catch {
		// Whether the file is whole, is found out when it is stored.
	}
	return ctime;
}
