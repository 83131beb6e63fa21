import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { commitFolder } from '../../../core/git/commit-folder';
import { gitFiles } from '../../../core/n8n/git-files';
import { GIT_REPOSITORY, readGitRemote } from '../../shared/credentials';
import { forOperation } from '../../shared/display';
import { inputExport, inputField } from '../input-export';

const DEFAULTS = { message: 'Back up n8n', authorName: 'n8n', authorMail: 'n8n@localhost' };

export const option: INodePropertyOptions = {
	name: 'Commit Export to Git',
	value: 'commit',
	action: 'Commit export to git',
	description:
		'Make a folder of a branch hold one file for each workflow, and push it, if anything has changed',
};

export const description: INodeProperties[] = forOperation('commit', [
	inputField,
	{
		displayName: 'Branch',
		name: 'branch',
		type: 'string',
		default: 'main',
		required: true,
		placeholder: 'e.g. main',
		description: 'Begun where there is none. Nothing is ever forced upon it.',
	},
	{
		displayName: 'Folder',
		name: 'folder',
		type: 'string',
		default: 'n8n',
		required: true,
		placeholder: 'e.g. backups/n8n',
		description:
			'Below the root of the repository. All of it belongs to the export: what else is in it goes; what lies beside it stays.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Author Mail',
				name: 'authorMail',
				type: 'string',
				default: '',
				placeholder: 'e.g. ops@example.com',
				description: 'Some servers only take commits of people that they know',
			},
			{
				displayName: 'Author Name',
				name: 'authorName',
				type: 'string',
				default: '',
				placeholder: 'e.g. n8n',
			},
			{
				displayName: 'Message',
				name: 'message',
				type: 'string',
				default: '',
				placeholder: 'e.g. Back up n8n',
			},
		],
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const remote = readGitRemote(await this.getCredentials(GIT_REPOSITORY, itemIndex));
	const files = gitFiles(await inputExport(this, itemIndex));
	const branch = (this.getNodeParameter('branch', itemIndex) as string).trim();
	const folder = (this.getNodeParameter('folder', itemIndex) as string).trim();
	const given = this.getNodeParameter('options', itemIndex, {}) as Partial<typeof DEFAULTS>;
	const message = given.message || DEFAULTS.message;
	const name = given.authorName || DEFAULTS.authorName;
	const mail = given.authorMail || DEFAULTS.authorMail;
	const result = await commitFolder(
		remote,
		{ branch, folder, files, message, author: { name, mail } },
		this.getExecutionCancelSignal(),
	);
	return { ...result, branch, folder, files: files.size, warnings: [] };
}
