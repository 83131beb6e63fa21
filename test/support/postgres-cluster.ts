import { execFile } from 'node:child_process';
import { chown, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { Client } from 'pg';

import { createServerCertificate } from './certificates';
import type { UserIds } from './unprivileged-user';

const run = promisify(execFile);

/** The name that `initdb` gives the superuser. */
export const SUPERUSER = 'postgres';

/** Where the parts of one throw-away cluster are; all below one directory. */
export interface Layout {
	data: string;
	sockets: string;
	log: string;
}

/** A checkout below a private home directory is out of reach for the server's user: copy it. */
export async function readableBinaries(
	bin: string,
	home: string,
	owner?: UserIds,
): Promise<string> {
	if (owner) await chown(home, owner.uid, owner.gid);
	try {
		await run(join(bin, 'initdb'), ['--version'], { ...owner, cwd: home });
		return bin;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
		await cp(dirname(bin), join(home, 'native'), { recursive: true, verbatimSymlinks: true });
		return join(home, 'native', 'bin');
	}
}

/** An initialised data directory, in which every login takes the password. */
export async function createCluster(
	home: string,
	binaries: string,
	password: string,
	owner?: UserIds,
): Promise<Layout> {
	const layout = layoutIn(home);
	const passwordFile = join(home, 'password');
	await mkdir(layout.sockets);
	await writeFile(passwordFile, password, { mode: 0o600 });
	if (owner) {
		for (const path of [layout.sockets, passwordFile]) await chown(path, owner.uid, owner.gid);
	}
	await run(
		join(binaries, 'initdb'),
		[
			...['-D', layout.data, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
			...['-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
		],
		{ ...owner, cwd: home },
	);
	await rm(passwordFile);
	return layout;
}

/** A base backup of a running server, set up to follow it: reads go on while it replays. */
export async function copyCluster(
	home: string,
	primary: { dataDirectory: string; port: number; password: string; admin(): Promise<Client> },
	owner?: UserIds,
): Promise<Layout> {
	const layout = layoutIn(home);
	await mkdir(layout.sockets);
	if (owner) await chown(layout.sockets, owner.uid, owner.gid);
	const admin = await primary.admin();
	try {
		await admin.query("SELECT pg_backup_start('standby', true)");
		// By the server's own user, to whom the files have to belong.
		await run('cp', ['-a', primary.dataDirectory, layout.data], { ...owner });
		const { rows } = await admin.query<{ label: string }>(
			'SELECT labelfile AS label FROM pg_backup_stop(false)',
		);
		await rm(join(layout.data, 'postmaster.pid'));
		const login = `host=127.0.0.1 port=${primary.port} user=${SUPERUSER} password=${primary.password}`;
		const files = {
			backup_label: rows[0]?.label ?? '',
			'standby.signal': '',
			'postgresql.auto.conf': `primary_conninfo = '${login}'\n`,
		};
		for (const [name, text] of Object.entries(files)) {
			await writeFile(join(layout.data, name), text, { mode: 0o600 });
			if (owner) await chown(join(layout.data, name), owner.uid, owner.gid);
		}
		return layout;
	} finally {
		await admin.end();
	}
}

function layoutIn(home: string): Layout {
	return {
		data: join(home, 'data'),
		sockets: join(home, 'sockets'),
		log: join(home, 'server.log'),
	};
}

/** Puts the certificate where the server looks for it by default; gives its authority. */
export async function installCertificate(data: string, owner?: UserIds): Promise<string> {
	const { ca, certificate, key } = await createServerCertificate();
	const files = { 'server.crt': certificate, 'server.key': key };
	for (const [name, text] of Object.entries(files)) {
		await writeFile(join(data, name), text, { mode: 0o600 });
		if (owner) await chown(join(data, name), owner.uid, owner.gid);
	}
	return ca;
}
