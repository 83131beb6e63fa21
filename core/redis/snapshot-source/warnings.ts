import type { ServerProbe } from '../probe';

/** What a person has to know about a server that a snapshot was made of. */
export function warningsAbout({ cluster, role }: ServerProbe): string[] {
	return [
		...(cluster
			? [
					'This server is part of a cluster: the snapshot holds only the keys of its own slots. Back up every master.',
				]
			: []),
		...(role === 'replica'
			? ['This server is a replica: the snapshot is as old as its copy was behind the master.']
			: []),
	];
}
