import { type Client, DatabaseError } from 'pg';
import { ConfigurationError } from '../../errors';
import { CopyData } from '../archive/copy-data';
import type { OpenArchive } from '../archive/open-archive';
import type { ArchiveEvent } from '../archive/parser';
import type { ArchiveToc, TocEntry } from '../archive/toc';
import { encodingOfRows } from './archive-text';
import { LargeObjectLoader } from './large-object-loader';
import { describePlanTarget } from './plan-target';
import { NAMING_ROLES, queryCreatingRoles } from './missing-roles';
import {
	planRestore,
	type PlanAdaptation,
	type PlannedEntry,
	type RestorePlan,
} from './restore-plan';
import { RestoreTransaction } from './restore-transaction';
import { type RefusedRightListener, runRight } from './rights';
import { RestoreStatementError } from './statement-error';
import { TableLoader } from './table-loader';

export interface OwnRestoreOptions {
	readonly owners: boolean;
	readonly privileges: boolean;
	/** Drop what the archive is about to create, in the same transaction. */
	readonly clean: boolean;
	/** What the target cannot hold as it stands in the archive. */
	readonly adaptation?: PlanAdaptation;
	/** Creates roles that a statement misses, which only a server that is thrown away allows. */
	readonly createRoles?: boolean;
	/** Told of each owner and grant that the server refuses; without it, that ends the restore. */
	readonly onRefusedRight?: RefusedRightListener;
	/** See `statementsPerTransaction`; by default all is one transaction. */
	readonly statementsPerTransaction?: number | undefined;
	/** Runs within the transaction when all is restored; its rejection undoes everything. */
	readonly beforeCommit?: () => Promise<void>;
}

export interface OwnRestoreSummary {
	readonly toc: ArchiveToc;
	readonly rows: number;
	readonly warnings: readonly string[];
}

/**
 * Restores an archive in one transaction, reading it once and forwards, in constant memory. The
 * transaction, or the last one of several, is committed only after the archive has ended well. On
 * rejection (`RestoreStatementError`, `IntegrityError`, or what the archive failed with) the
 * transaction is still open, perhaps in the middle of a COPY: the caller must end the connection,
 * which undoes it.
 */
export async function restoreArchive(
	client: Client,
	{ toc, events }: OpenArchive,
	options: OwnRestoreOptions,
): Promise<OwnRestoreSummary> {
	const restore = await OwnRestore.begin(client, toc, options);
	for await (const event of events) await restore.handle(event);
	return await restore.finish();
}

type DataEvent = Exclude<ArchiveEvent, { type: 'toc' }>;

/** Follows the archive through its plan. */
class OwnRestore {
	private next = 0;
	private rows = 0;
	private table: { loader: TableLoader; data: CopyData } | undefined;
	/** In the data of an entry that is not restored. */
	private skipping = false;
	private readonly largeObjects: LargeObjectLoader;

	private constructor(
		private readonly client: Client,
		private readonly transaction: RestoreTransaction,
		private readonly toc: ArchiveToc,
		private readonly plan: RestorePlan,
		private readonly options: OwnRestoreOptions,
		private readonly rowEncoding: string,
	) {
		this.largeObjects = new LargeObjectLoader(client);
	}

	static async begin(
		client: Client,
		toc: ArchiveToc,
		options: OwnRestoreOptions,
	): Promise<OwnRestore> {
		const rowEncoding = await encodingOfRows(client, toc);
		const { roles, ...target } = await describePlanTarget(client);
		const plan = planRestore(toc, {
			...options,
			target: options.createRoles ? target : { ...target, roles },
		});
		for (const statement of plan.settings) await client.query(statement);
		const transaction = await RestoreTransaction.begin(client, options.statementsPerTransaction);
		const restore = new OwnRestore(client, transaction, toc, plan, options, rowEncoding);
		for (const planned of plan.drops) await restore.run(planned);
		return restore;
	}

	async handle(event: DataEvent): Promise<void> {
		if (this.skipping) {
			this.skipping = event.type !== 'block-end';
			return;
		}
		switch (event.type) {
			case 'block':
				if (this.options.adaptation?.leaveOut.has(event.entry.id)) {
					this.skipping = true;
					return;
				}
				await this.runUntil(event.entry);
				await this.transaction.makeRoom();
				await this.attempt(event.entry, () => this.startBlock(event.entry));
				break;
			case 'large-object':
				await this.attempt(this.current(), () => this.largeObjects.start(event.oid));
				break;
			case 'data':
				await this.attempt(this.current(), () => this.load(event.chunk));
				break;
			case 'block-end':
				await this.attempt(event.entry, () => this.endBlock());
				this.next++;
		}
	}

	async finish(): Promise<OwnRestoreSummary> {
		const { toc, plan } = this;
		await this.runUntil(undefined);
		for (const planned of plan.main) await this.runRights(planned);
		for (const planned of plan.last) {
			await this.run(planned);
			await this.runRights(planned);
		}
		await this.options.beforeCommit?.();
		await this.transaction.commit();
		return { toc, rows: this.rows, warnings: plan.warnings };
	}

	/** Runs what stands before the data of `entry`, or everything that is left. */
	private async runUntil(entry: TocEntry | undefined): Promise<void> {
		const { main } = this.plan;
		for (; this.next < main.length; this.next++) {
			const planned = main[this.next];
			if (!planned || planned.entry === entry) return;
			await this.run(planned);
		}
	}

	private async run({ entry, statements }: PlannedEntry): Promise<void> {
		for (const statement of statements) {
			await this.transaction.makeRoom();
			await this.attempt(entry, () => this.execute(entry, statement));
		}
	}

	/** Owners come behind the rows: whoever hands a table over may lose the right to fill it. */
	private async runRights({ entry, rights }: PlannedEntry): Promise<void> {
		const { onRefusedRight } = this.options;
		for (const right of rights) {
			await this.transaction.makeRoom();
			await this.attempt(entry, () =>
				onRefusedRight
					? runRight(this.client, entry, right, onRefusedRight)
					: this.execute(entry, right),
			);
		}
	}

	private async execute({ kind }: TocEntry, statement: string): Promise<void> {
		const namesRoles = this.options.createRoles && NAMING_ROLES.has(kind);
		if (namesRoles) await queryCreatingRoles(this.client, statement);
		else await this.client.query(statement);
	}

	private startBlock(entry: TocEntry): Promise<void> {
		if (entry.kind === 'BLOBS') return Promise.resolve();
		const statement = copyStatement(entry, this.rowEncoding);
		this.table = { loader: new TableLoader(this.client, statement), data: new CopyData(entry) };
		return Promise.resolve();
	}

	private async load(chunk: Buffer): Promise<void> {
		if (!this.table) return await this.largeObjects.write(chunk);
		for (const rows of this.table.data.push(chunk)) await this.table.loader.write(rows);
	}

	private async endBlock(): Promise<void> {
		if (!this.table) return await this.largeObjects.flush();
		this.table.data.end();
		this.rows += await this.table.loader.end();
		this.table = undefined;
	}

	private current(): TocEntry {
		const entry = this.plan.main[this.next]?.entry;
		if (!entry) throw new Error('There is data for an entry that is not restored');
		return entry;
	}

	private async attempt<T>(entry: TocEntry, act: () => Promise<T>): Promise<T> {
		try {
			return await act();
		} catch (error) {
			throw error instanceof DatabaseError ? new RestoreStatementError(entry, error) : error;
		}
	}
}

function copyStatement(entry: TocEntry, encoding: string): string {
	const statement = entry.copy?.trim().replace(/;$/, '');
	if (!statement) {
		throw new ConfigurationError(`The rows of ${entry.tag} are not COPY text.`, {
			hint: 'Restore this backup with pg_restore: choose the native engine.',
		});
	}
	// Statements are sent as UTF-8 whatever the archive uses; its rows are sent as they are.
	return encoding === 'UTF8' ? statement : `${statement} WITH (ENCODING '${encoding}')`;
}
