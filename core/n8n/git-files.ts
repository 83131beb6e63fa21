import { canonicalJson, type N8nExport, type WorkflowState } from './export-format';

/**
 * An export as files by path: one for each workflow, which the editor and the API take as it is, and an
 * index. What people see who may read a Git repository has no values of variables and no pinned data.
 */
export function gitFiles(content: N8nExport): Map<string, string> {
	const { workflows, workflowStates, variables, ...rest } = content;
	const files = new Map<string, string>();
	const index = workflowStates.map(({ publishedVersion, ...state }, at) => {
		const { pinData, ...workflow } = workflows[at] ?? { name: state.name };
		const file = `workflows/${fileName(state)}.json`;
		files.set(file, canonicalJson(workflow));
		if (!publishedVersion) return { file, ...state };
		const publishedFile = `workflows/${fileName(state)}.published.json`;
		files.set(publishedFile, canonicalJson({ ...workflow, ...publishedVersion }));
		return { file, publishedFile, ...state };
	});
	const names = variables.map(({ key }) => ({ key }));
	files.set('index.json', canonicalJson({ ...rest, workflows: index, variables: names }));
	return files;
}

/** Readable by the name, unique by the id. */
function fileName({ id, name }: WorkflowState): string {
	const words = name
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+|-+$/g, '')
		.slice(0, 80);
	return `${words || 'workflow'}.${id.replace(/[^\w-]/g, '_')}`;
}
