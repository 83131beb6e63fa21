import type { PayloadSource } from '../../repository/write-backup';
import type { RestorableSnapshot } from '../how-to-restore';

/** Where the data of a snapshot comes from. */
export interface SnapshotSource {
	readonly consistencyPoint: Date;
	/** Of the payload: `rdb` or `resp`. */
	readonly extension: string;
	/** A guess at the size of the payload, or exactly that; nothing where it cannot be told. */
	readonly estimatedBytes: number | undefined;
	readonly payload: PayloadSource;
	/** Known once the payload is complete. */
	restorable(): RestorableSnapshot;
	/** Closes what is open, and removes temporary files. */
	close(): Promise<void>;
}
