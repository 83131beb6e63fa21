import { ConfigurationError } from '../errors';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** 1 January 1970 was a Thursday; weeks begin on Monday, as in ISO 8601. */
const THURSDAY = 3;

/** Which hour, day, week, month and year an instant lies in; equal words mean the same one. */
export interface CalendarUnits {
	readonly hour: string;
	readonly day: string;
	readonly week: string;
	readonly month: string;
	readonly year: string;
}

/**
 * Reads instants on the calendar of a time zone, e.g. `Europe/Amsterdam`. Throws `ConfigurationError`
 * for a zone that this machine does not know.
 */
export function calendarOf(timeZone: string): (at: Date) => CalendarUnits {
	const format = formatFor(timeZone);
	return (at) => {
		const part = Object.fromEntries(
			format.formatToParts(at).map(({ type, value }) => [type, value]),
		);
		const [year, month] = [Number(part.year), Number(part.month)];
		const local = new Date(0);
		local.setUTCFullYear(year, month - 1, Number(part.day));
		const day = local.getTime() / DAY_MS;
		// The hour that the clocks repeat in autumn is two hours, told apart by their offset from UTC.
		const clock = local.setUTCHours(Number(part.hour), Number(part.minute), Number(part.second));
		const offset = clock - Math.floor(at.getTime() / 1000) * 1000;
		return {
			hour: `${Math.floor(clock / HOUR_MS)} ${offset}`,
			day: `${day}`,
			week: `${Math.floor((day + THURSDAY) / 7)}`,
			month: `${year}-${month}`,
			year: `${year}`,
		};
	};
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
	try {
		return new Intl.DateTimeFormat('en-US', {
			...{ timeZone, calendar: 'gregory', hourCycle: 'h23' },
			...{ year: 'numeric', month: 'numeric', day: 'numeric' },
			...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
		});
	} catch {
		throw new ConfigurationError(`There is no time zone ${JSON.stringify(timeZone)}.`, {
			hint: 'Enter one of the IANA names, for example Europe/Amsterdam or UTC.',
		});
	}
}
