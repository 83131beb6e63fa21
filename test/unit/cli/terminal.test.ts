import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

import { openTerminal } from '../../../cli/console/terminal';
import { CancelledError } from '../../../core/errors';

const keyboard = () =>
	Object.assign(new PassThrough(), { isTTY: true }) as unknown as ReadStream & { fd: 0 };
const screen = () => new PassThrough() as unknown as WriteStream & { fd: 2 };

it.each(['ask', 'askSecret'] as const)(
	'%s ends with a cancellation from elsewhere: nobody may be there to answer',
	async (ask) => {
		const controller = new AbortController();
		const terminal = openTerminal(keyboard(), screen(), () => controller.signal);
		const answer = terminal?.[ask]('Who is there? ');
		controller.abort();
		await expect(answer).rejects.toBeInstanceOf(CancelledError);
		await expect(terminal?.[ask]('And now? ')).rejects.toBeInstanceOf(CancelledError);
	},
);

it('hears the answer where nothing can be cancelled yet', async () => {
	const input = keyboard();
	const answer = openTerminal(input, screen(), () => undefined)?.ask('Who is there? ');
	input.push('anna\r');
	expect(await answer).toBe('anna');
});
