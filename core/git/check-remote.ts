import { assertRemote, type GitRemote } from './remote';
import { inWorkshop } from './workshop';

/** Logs in and reads, and rejects as `commitFolder` does. Whether one may write, only a push tells. */
export async function checkRemote(
	remote: GitRemote,
	signal?: AbortSignal,
): Promise<{ branches: number }> {
	assertRemote(remote);
	return await inWorkshop(
		remote,
		async ({ git }) => {
			const listed = await git(['ls-remote', '--heads', 'origin']);
			return { branches: listed.split('\n').filter((line) => line !== '').length };
		},
		signal,
	);
}
