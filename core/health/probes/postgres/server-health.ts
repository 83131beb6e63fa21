import type { Client } from 'pg';
import { z } from 'zod';
import { Absent } from '../../observation';

export interface ServerHealth {
	readonly inRecovery: boolean;
	/** That the server has left for ordinary users, without that of the probe itself. */
	readonly freeConnections: number;
	/** In milliseconds: that of a standby, or that of the standby that is furthest behind its primary. */
	readonly replicationLag: Absent | number;
}

/** Walsenders have slots of their own. Who may not see what a session is counts it as a client. */
const HEALTH = `
	SELECT pg_catalog.pg_is_in_recovery() AS recovering,
		pg_catalog.current_setting('max_connections')::int
			- pg_catalog.current_setting('superuser_reserved_connections')::int
			- coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int
			- (SELECT count(*) FROM pg_catalog.pg_stat_activity
				WHERE pid <> pg_catalog.pg_backend_pid() AND datid IS NOT NULL
					AND coalesce(backend_type, 'client backend') = 'client backend')::int AS free`;

/**
 * Of a standby. A primary that changes nothing sends nothing to replay: who has replayed all that it was
 * told of, and still listens, is not behind.
 */
const OF_STANDBY = `
	SELECT receiver.pid IS NOT NULL AND pg_catalog.pg_last_wal_replay_lsn() >= greatest(
			pg_catalog.pg_last_wal_receive_lsn(), receiver.latest_end_lsn) AS level,
		extract(epoch FROM pg_catalog.clock_timestamp()
			- pg_catalog.pg_last_xact_replay_timestamp())::float8 * 1000 AS behind
	FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_stat_wal_receiver receiver ON true`;

/**
 * Of a primary, a row for each that follows it, but copies in progress and archives, which replay
 * nothing. The server knows no lag of a standby that has had nothing to replay for a while.
 */
const OF_PRIMARY = `
	SELECT state IS NOT NULL AS visible, replay_lsn >= pg_catalog.pg_current_wal_lsn() AS level,
		state = 'streaming' AS streaming,
		extract(epoch FROM replay_lag)::float8 * 1000 AS behind
	FROM pg_catalog.pg_stat_replication
	WHERE state IS NULL OR NOT (state = 'backup' OR state = 'streaming' AND replay_lsn IS NULL)`;

const health = z.object({ recovering: z.boolean(), free: z.number() });
const ownLag = z.object({ level: z.boolean().nullable(), behind: z.number().nullable() });
const standby = ownLag.extend({ visible: z.boolean(), streaming: z.boolean().nullable() });

/** Needs no rights but, on a primary that standbys follow, those of `pg_monitor`. */
export async function readServerHealth(client: Client): Promise<ServerHealth> {
	const { rows } = await client.query(HEALTH);
	const { recovering, free } = health.parse(rows[0]);
	return {
		inRecovery: recovering,
		freeConnections: Math.max(0, free),
		replicationLag: recovering ? await lagOfStandby(client) : await worstLag(client),
	};
}

async function lagOfStandby(client: Client): Promise<Absent | number> {
	const { rows } = await client.query(OF_STANDBY);
	const { level, behind } = ownLag.parse(rows[0]);
	if (level) return 0;
	if (behind === null)
		return new Absent('this standby has replayed no change since it was started');
	// The clock of the primary may be ahead.
	return Math.max(0, Math.round(behind));
}

async function worstLag(client: Client): Promise<Absent | number> {
	const { rows } = await client.query(OF_PRIMARY);
	const standbys = z.array(standby).parse(rows);
	if (standbys.length === 0) return new Absent('no standby follows this server');
	if (standbys.some(({ visible }) => !visible)) {
		return new Absent('the user may not see the standbys (grant pg_monitor)');
	}
	const lags = standbys.map(({ level, streaming, behind }) =>
		level || (streaming && behind === null) ? 0 : behind,
	);
	if (lags.includes(null)) return new Absent('a standby is not yet following this server');
	return Math.max(...lags.map((lag) => Math.max(0, Math.round(lag ?? 0))));
}
