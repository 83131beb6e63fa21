import {
	DeleteObjectCommand,
	DeleteObjectsCommand,
	HeadObjectCommand,
	type ObjectIdentifier,
} from '@aws-sdk/client-s3';
import { CancelledError, NotFoundError } from '../../../errors';
import { lockSentence } from '../../lock';
import { reasonOf, sentencesOf } from '../../reason';
import type { Lock, Refusal, Removal } from '../../store';
import { ACTIONS } from './actions';
import type { S3Bucket } from './bucket';
import { hasObjectLock } from './check-protection';
import { isRefusedAsSuch } from './failure';
import { keepsVersions, versionsOf } from './versions';

/** As many as one request takes. */
const BATCH = 1_000;
const AT_ONCE = 12;

/** A version that the server did not delete. */
interface Undeleted {
	readonly key: string;
	readonly versionId?: string;
	/** The server's code, e.g. `AccessDenied`. */
	readonly reason: string;
}

/**
 * Removes objects of one bucket. In a bucket with versions an ordinary delete only hides an object:
 * there the versions themselves are deleted, where the access key may do that.
 */
export class ObjectRemover {
	private isVersioned: Promise<boolean | undefined> | undefined;
	private isLockable: Promise<boolean | undefined> | undefined;

	constructor(private readonly bucket: S3Bucket) {}

	async remove(keys: readonly string[], signal?: AbortSignal): Promise<Removal> {
		const refused: Refusal[] = [];
		const notes = new Set<string>();
		for (const batch of batchesOf(keys, BATCH)) {
			const entries = await this.entriesFor(batch, notes, signal);
			const undeleted: Undeleted[] = [];
			for (const part of batchesOf(entries, BATCH)) {
				undeleted.push(...(await this.deleteAll(part, signal)));
			}
			const refusals = await inTurns(
				undeleted,
				async (one) => await this.settle(one, notes, signal),
			);
			refused.push(...refusals.filter((one) => one !== undefined));
		}
		return { refused, notes: [...notes] };
	}

	/** Looks at every key, unless the bucket cannot lock anything. */
	async locks(keys: readonly string[], signal?: AbortSignal): Promise<Map<string, Lock>> {
		if ((await this.canLock(signal)) === false) return new Map();
		const found = await inTurns(
			keys,
			async (key) => [key, await this.lockOf({ key }, signal)] as const,
		);
		return new Map(found.flatMap(([key, lock]) => (lock ? [[key, lock] as const] : [])));
	}

	private async entriesFor(
		keys: readonly string[],
		notes: Set<string>,
		signal: AbortSignal | undefined,
	): Promise<ObjectIdentifier[]> {
		const plain = keys.map((key) => ({ Key: this.bucket.prefix + key }));
		this.isVersioned ??= keepsVersions(this.bucket, signal);
		if ((await this.isVersioned) === false) return plain;
		try {
			const versions = await versionsOf(this.bucket, keys, signal);
			return keys.flatMap((key) =>
				(versions.get(key) ?? []).map((VersionId) => ({
					Key: this.bucket.prefix + key,
					VersionId,
				})),
			);
		} catch (error) {
			if (error instanceof CancelledError) throw error;
			notes.add(
				`If ${this.bucket.label} keeps versions, what was removed still takes space there: ${reasonOf(error)}`,
			);
			return plain;
		}
	}

	private async deleteAll(
		entries: readonly ObjectIdentifier[],
		signal: AbortSignal | undefined,
	): Promise<Undeleted[]> {
		if (entries.length === 0) return [];
		const { bucket } = this;
		const input = { Bucket: bucket.name, Delete: { Objects: [...entries], Quiet: true } };
		const answer = await bucket.attempt(ACTIONS.delete, 'backups', signal, async (options) => {
			try {
				return await bucket.client.send(new DeleteObjectsCommand(input), options);
			} catch (error) {
				// Some servers want another checksum than the SDK sends, or delete one by one only.
				if (isRefusedAsSuch(error)) return undefined;
				throw error;
			}
		});
		if (answer === undefined) {
			const single = await inTurns(entries, async (entry) => await this.deleteOne(entry, signal));
			return single.filter((one) => one !== undefined);
		}
		return (answer.Errors ?? [])
			.filter(({ Code }) => Code !== 'NoSuchKey' && Code !== 'NoSuchVersion')
			.map(({ Key = '', VersionId, Code = 'unknown' }) => ({
				key: Key.slice(bucket.prefix.length),
				...(VersionId !== undefined && { versionId: VersionId }),
				reason: `The server answered ${Code}.`,
			}));
	}

	private async deleteOne(
		entry: ObjectIdentifier,
		signal: AbortSignal | undefined,
	): Promise<Undeleted | undefined> {
		const key = (entry.Key ?? '').slice(this.bucket.prefix.length);
		try {
			await this.bucket.attempt(ACTIONS.delete, key, signal, (options) =>
				this.bucket.client.send(
					new DeleteObjectCommand({
						Bucket: this.bucket.name,
						Key: entry.Key,
						VersionId: entry.VersionId,
					}),
					options,
				),
			);
			return undefined;
		} catch (error) {
			if (error instanceof CancelledError) throw error;
			if (error instanceof NotFoundError) return undefined;
			const { VersionId } = entry;
			return { key, ...(VersionId && { versionId: VersionId }), reason: sentencesOf(error) };
		}
	}

	/** Finds out why something was not deleted, and hides it where only the right for versions lacks. */
	private async settle(
		undeleted: Undeleted,
		notes: Set<string>,
		signal: AbortSignal | undefined,
	): Promise<Refusal | undefined> {
		const { key, versionId, reason } = undeleted;
		const lock = await this.lockOf(undeleted, signal);
		if (lock !== undefined) return { key, reason: lockSentence(lock), lock };
		// Hiding what may be locked would take it from the catalogue, and leave it in the bucket.
		if (versionId === undefined || (await this.canLock(signal)) !== false) return { key, reason };
		const again = await this.deleteOne({ Key: this.bucket.prefix + key }, signal);
		if (again !== undefined) return { key, reason: again.reason };
		notes.add(
			`What was removed from ${this.bucket.label} still takes space there as old versions: give the access key the right s3:DeleteObjectVersion, or let a lifecycle rule expire them.`,
		);
		return undefined;
	}

	private async lockOf(
		{ key, versionId }: { key: string; versionId?: string },
		signal: AbortSignal | undefined,
	): Promise<Lock | undefined> {
		const input = { ...this.bucket.at(key), VersionId: versionId };
		try {
			const head = await this.bucket.attempt(ACTIONS.look, key, signal, (options) =>
				this.bucket.client.send(new HeadObjectCommand(input), options),
			);
			const until = head.ObjectLockRetainUntilDate;
			const legalHold = head.ObjectLockLegalHoldStatus === 'ON';
			// Of a date that has passed the server may still tell.
			const isRetained = until !== undefined && until.getTime() > Date.now();
			if (!legalHold && !isRetained) return undefined;
			return { legalHold, ...(isRetained && { until }) };
		} catch (error) {
			if (error instanceof CancelledError) throw error;
			return undefined;
		}
	}

	private async canLock(signal: AbortSignal | undefined): Promise<boolean | undefined> {
		this.isLockable ??= hasObjectLock(this.bucket, signal).catch((error: unknown) => {
			if (error instanceof CancelledError) throw error;
			return undefined;
		});
		return await this.isLockable;
	}
}

function* batchesOf<T>(all: readonly T[], size: number): Generator<T[]> {
	for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** The results in the order of `all`; a few at once. */
async function inTurns<T, R>(all: readonly T[], action: (one: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	for (const some of batchesOf(all, AT_ONCE))
		results.push(...(await Promise.all(some.map(action))));
	return results;
}
