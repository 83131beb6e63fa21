import type { IExecuteFunctions } from 'n8n-workflow';
import { showWarnings } from '../../../nodes/shared/warnings';

function contextOfRun() {
	const shown: string[] = [];
	const addExecutionHints = ({ message }: { message: string }) => shown.push(message);
	return { shown, context: { addExecutionHints } as unknown as IExecuteFunctions };
}

describe('showWarnings', () => {
	it('shows once in a run what several items warn of', () => {
		const { shown, context } = contextOfRun();
		showWarnings(context, ['one']);
		showWarnings(context, ['one', 'two', 'two']);
		expect(shown).toEqual(['one', 'two']);
	});

	it('shows it again in the next run', () => {
		showWarnings(contextOfRun().context, ['one']);
		const { shown, context } = contextOfRun();
		showWarnings(context, ['one']);
		expect(shown).toEqual(['one']);
	});

	it('takes a result without warnings', () => {
		const { shown, context } = contextOfRun();
		showWarnings(context, undefined);
		expect(shown).toEqual([]);
	});
});
