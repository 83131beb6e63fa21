import { randomUUID } from 'node:crypto';

import type { RentGuy } from './rent-guy';
import type { BackendAnswer, Switches } from './routes';
import type { SyncQueue } from './sync-queue';

export interface Booking {
	/** A number in the database, a UUID in the memory of the process. */
	readonly id: number | string;
	readonly name: string;
	readonly email: string;
	readonly phone: string;
	readonly eventType: string;
	readonly message: string | null;
	readonly status: 'pending';
	readonly createdAt: string;
}

export interface BookingParts {
	switches: Switches;
	rentGuy: RentGuy;
	/** Of what RentGuy does not take at once. */
	queue: SyncQueue;
	/** Whether the API can remove a booking; the older generation cannot. */
	canRemove: boolean;
}

/** As many are listed, newest first. */
const LISTED = 10;

const TEXTS = ['name', 'email', 'phone', 'eventType'] as const;
const KNOWN: readonly string[] = [...TEXTS, 'eventDate', 'message', 'packageId'];
const MESSAGES: Readonly<Record<string, string>> = {
	...{ name: 'Naam is vereist', email: 'Ongeldig e-mailadres' },
	...{ phone: 'Telefoonnummer is vereist', eventType: 'Type evenement is vereist' },
};

/** The bookings of the platform: its table, which outlives the backend, and what it keeps in memory instead. */
export class Bookings {
	private readonly table: Booking[] = [];
	private memory: Booking[] = [];
	private lastId = 40;
	/** Answers to a method instead of its own, as when something is out of order. */
	readonly broken = new Map<string, BackendAnswer>();

	/** What is in the table, oldest first. */
	get stored(): readonly Booking[] {
		return this.table;
	}

	/** What a restart of the backend loses. */
	get unstored(): readonly Booking[] {
		return this.memory;
	}

	forget(): void {
		this.memory = [];
	}

	/** Answers `/bookings` and what is below it; nothing where there is no such route. */
	async answer(
		parts: BookingParts,
		{ method, path, body }: { method: string; path: string; body: unknown },
	): Promise<BackendAnswer | undefined> {
		const [, , id, ...rest] = path.split('/');
		const route = `${method} ${id === undefined ? 'all' : 'one'}`;
		if (rest.length > 0 || !['GET all', 'POST all', 'DELETE one'].includes(route)) return undefined;
		if (method === 'DELETE' && !parts.canRemove) return undefined;
		const broken = this.broken.get(method);
		if (broken) return broken;
		const isStored = this.query(parts);
		if (method === 'POST') return await this.make(parts, body, isStored);
		if (method === 'DELETE') return this.remove(decodeURIComponent(id ?? ''), isStored);
		const bookings = (isStored ? this.table : this.memory).slice(-LISTED).reverse();
		return { status: 200, body: { bookings, persisted: isStored } };
	}

	/** The backend knows of its database what its last query has told it. */
	private query({ switches }: BookingParts): boolean {
		switches.isAsleep = false;
		return switches.database.configured && switches.database.connected;
	}

	private async make(
		{ rentGuy, queue }: BookingParts,
		body: unknown,
		isStored: boolean,
	): Promise<BackendAnswer> {
		const details = faultsOf(body);
		if (details.length > 0) return { status: 422, body: { error: 'Validatie mislukt', details } };
		const { name, email, phone, eventType, message = null } = body as Booking;
		const id = isStored ? ++this.lastId : randomUUID();
		const told = { name, email, phone, eventType, message, status: 'pending' as const };
		const booking: Booking = { id, ...told, createdAt: new Date().toISOString() };
		(isStored ? this.table : this.memory).push(booking);
		const delivered = (await rentGuy.receive(`booking-${id}`)) === 'take';
		if (!delivered) await queue.add(1, 'waiting');
		const rentGuySync = { delivered, queued: !delivered };
		return {
			status: 201,
			body: {
				...{ success: true, message: 'Bedankt!', bookingId: id, status: booking.status },
				...{ persisted: isStored, rentGuySync, eventType, requestedPackage: null },
			},
		};
	}

	/** An error of the database looks to the caller as if there were no such booking. */
	private remove(id: string, isStored: boolean): BackendAnswer {
		for (const bookings of isStored ? [this.table, this.memory] : [this.memory]) {
			const at = bookings.findIndex((booking) => String(booking.id) === id);
			if (at < 0) continue;
			bookings.splice(at, 1);
			return { status: 204 };
		}
		return { status: 404, body: { error: 'Boeking niet gevonden' } };
	}
}

function faultsOf(body: unknown): { field: string; message: string }[] {
	const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
	const isText = (value: unknown, least: number) =>
		typeof value === 'string' && value.trim().length >= least;
	const wrong = TEXTS.filter((field) => !isText(given[field], field === 'phone' ? 6 : 1));
	if (!/^[^\s@]+@[^\s@]+$/.test(String(given['email'])) && !wrong.includes('email')) {
		wrong.push('email');
	}
	return [
		...wrong.map((field) => ({ field, message: MESSAGES[field] ?? '' })),
		...Object.keys(given)
			.filter((field) => !KNOWN.includes(field))
			.map((field) => ({ field, message: 'Onbekend veld' })),
	];
}
