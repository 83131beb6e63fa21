import type { IExecuteFunctions } from 'n8n-workflow';
import { logPhases } from '../../../nodes/shared/phases';

describe('the phases of a long operation', () => {
	it('are logged once each, under the name of the node', () => {
		const lines: string[] = [];
		const context = {
			getNode: () => ({ name: 'Back up' }),
			logger: { info: (line: string) => lines.push(line) },
		} as unknown as IExecuteFunctions;
		const log = logPhases(context);
		log({ phase: 'locking', rawBytes: 0 });
		log({ phase: 'dumping', rawBytes: 10 });
		log({ phase: 'dumping', rawBytes: 20 });
		expect(lines).toEqual(['Back up: locking', 'Back up: dumping']);
	});
});
