-- A booking platform's database with some 310,000 rows. Every value follows from its row number, so
-- that two runs give the same rows; the clock starts at a fixed moment for the same reason.

-- A number from 0 to n - 1 that looks random and is always the same for a row and a purpose.
create function pg_temp.pick(row_number bigint, purpose text, n int) returns int
language sql immutable as $$
	select mod(('x' || substr(md5(row_number || purpose), 1, 7))::bit(28)::int, n)
$$;

create function pg_temp.one_of(row_number bigint, purpose text, choices text[]) returns text
language sql immutable as $$
	select choices[1 + pg_temp.pick(row_number, purpose, cardinality(choices))]
$$;

create function pg_temp.first_name(row_number bigint) returns text language sql immutable as $$
	select pg_temp.one_of(row_number, 'first name', array[
		'Sanne', 'Daan', 'Lotte', 'Sem', 'Femke', 'Bram', 'Anouk', 'Thijs', 'Fleur', 'Jeroen',
		'Marieke', 'Pieter', 'Noor', 'Ruben', 'Eva', 'Willem', 'Zoë', 'Joost', 'Iris', 'Gijs',
		'Fatima', 'Mehmet', 'Chloé', 'Björn', 'Yara'])
$$;

create function pg_temp.last_name(row_number bigint) returns text language sql immutable as $$
	select pg_temp.one_of(row_number, 'last name', array[
		'de Jong', 'Jansen', 'de Vries', 'van den Berg', 'Bakker', 'Visser', 'Smit', 'Meijer',
		'de Boer', 'Mulder', 'van Dijk', 'Bos', 'Vos', 'Peters', 'Hendriks', 'van Leeuwen', 'Dekker',
		'Brouwer', 'van ''t Hoff', 'Koster', 'Yılmaz', 'El Idrissi', 'ten Brink', 'Kuijpers'])
$$;

create type booking_status as enum ('draft', 'requested', 'confirmed', 'completed', 'cancelled');

create table packages (
	id serial primary key,
	slug text not null unique,
	name text not null,
	price numeric(10, 2) not null check (price >= 0),
	hours interval not null,
	features jsonb not null,
	terms text not null
);

create table contacts (
	id serial primary key,
	name text not null,
	email text not null,
	phone varchar(20),
	message text,
	marketing_opt_in boolean not null default false,
	created_at timestamptz not null
);

create table bookings (
	id bigserial primary key,
	reference uuid not null unique,
	contact_id int not null references contacts on delete restrict,
	package_id int not null references packages,
	status booking_status not null,
	venue text not null,
	event_on date not null,
	starts_at time not null,
	guests smallint not null check (guests between 1 and 2000),
	price numeric(10, 2) not null,
	deposit numeric(10, 2) generated always as (round(price * 0.25, 2)) stored,
	music_wishes text[] not null,
	details jsonb not null,
	contract bytea,
	created_at timestamptz not null,
	updated_at timestamptz not null
);

create table booking_step_progress (
	booking_id bigint not null references bookings on delete cascade,
	step smallint not null,
	name text not null,
	answers jsonb,
	completed_at timestamptz,
	primary key (booking_id, step)
);

create table callback_requests (
	id serial primary key,
	name text not null,
	phone varchar(20) not null,
	preferred tsrange not null,
	handled boolean not null,
	note text,
	created_at timestamptz not null
);

create table reviews (
	id serial primary key,
	booking_id bigint not null references bookings,
	rating numeric(2, 1) not null check (rating between 1 and 5),
	body text not null,
	published boolean not null,
	created_at timestamptz not null
);

create table survey_feedback (
	id serial primary key,
	booking_id bigint references bookings on delete set null,
	answers jsonb not null,
	net_promoter_score smallint check (net_promoter_score between 0 and 10),
	response_seconds double precision not null,
	created_at timestamptz not null
);

create table knex_migrations (
	id serial primary key,
	name varchar(255),
	batch int,
	migration_time timestamptz
);

create table knex_migrations_lock (index serial primary key, is_locked int);

insert into packages (slug, name, price, hours, features, terms)
select
	lower(tier || '-' || occasion),
	tier || ' ' || occasion,
	295 + 200 * t + 45.50 * o,
	(3 + t) * interval '1 hour',
	jsonb_build_object('lights', t > 1, 'saxophone', t = 4, 'speakers', t * 2, 'occasion', occasion),
	repeat('Artikel ' || t || '.' || o || ': de overeenkomst geldt na ontvangst van de aanbetaling. ', 1500)
from unnest(array['Bronze', 'Silver', 'Gold', 'Platinum']) with ordinality as tiers (tier, t),
	unnest(array['Bruiloft', 'Bedrijfsfeest', 'Verjaardag', 'Festival', 'Jubileum', 'Gala'])
		with ordinality as occasions (occasion, o);

insert into contacts (name, email, phone, message, marketing_opt_in, created_at)
select
	pg_temp.first_name(i) || ' ' || pg_temp.last_name(i),
	'klant' || i || '@' || pg_temp.one_of(i, 'domain', array['example.nl', 'example.com', 'example.org']),
	case when pg_temp.pick(i, 'has phone', 5) > 0
		then '+31 6 ' || lpad(pg_temp.pick(i, 'phone', 100000000)::text, 8, '0') end,
	case when pg_temp.pick(i, 'has message', 3) = 0
		then E'Hallo,\n\nIs ' || (date '2026-01-01' + pg_temp.pick(i, 'wish', 700))
			|| E' nog vrij?\tWe zoeken een dj voor \\"de grote avond\\" – budget € '
			|| pg_temp.pick(i, 'budget', 4000) || '.' end,
	pg_temp.pick(i, 'opt in', 2) = 1,
	timestamptz '2024-01-01 08:00+01' + i * interval '21.7 minutes'
from generate_series(1, 40000) as i;

insert into bookings (reference, contact_id, package_id, status, venue, event_on, starts_at, guests,
	price, music_wishes, details, contract, created_at, updated_at)
select
	md5('booking ' || i)::uuid,
	1 + pg_temp.pick(i, 'contact', 40000),
	1 + pg_temp.pick(i, 'package', 24),
	pg_temp.one_of(i, 'status', array['draft', 'requested', 'confirmed', 'confirmed', 'completed',
		'completed', 'completed', 'cancelled'])::booking_status,
	pg_temp.one_of(i, 'venue', array['Kasteel de Haar, Utrecht', 'Van Nelle Fabriek, Rotterdam',
		'Strandpaviljoen Zuid, Scheveningen', 'De Koperen Hoogte, Zwolle', 'Orangerie, ''s-Hertogenbosch',
		'Evoluon, Eindhoven', 'Der Aa-kerk, Groningen', 'Westergasfabriek, Amsterdam',
		'Château St. Gerlach, Valkenburg', 'Slot Zeist']),
	date '2024-06-01' + pg_temp.pick(i, 'day', 1100),
	time '14:00' + pg_temp.pick(i, 'hour', 16) * interval '30 minutes',
	20 + pg_temp.pick(i, 'guests', 480),
	395 + pg_temp.pick(i, 'price', 350000) / 100.0,
	array[pg_temp.one_of(i, 'first wish', array['Disco', 'House', 'Top 40', 'NULL', 'Jazz, live']),
		pg_temp.one_of(i, 'second wish', array['90s', 'Salsa', 'Nederlandstalig', 'R&B', 'geen "Schlager"'])],
	jsonb_build_object('indoor', pg_temp.pick(i, 'indoor', 4) > 0, 'dinner', null,
		'distanceKm', pg_temp.pick(i, 'distance', 2500) / 10.0,
		'extras', jsonb_build_array('photobooth', pg_temp.pick(i, 'photos', 400))),
	case when i % 20 = 0
		then decode('255044462d312e37' || repeat(md5('contract ' || i) || '00ff', 40), 'hex') end,
	timestamptz '2024-01-02 09:00+01' + i * interval '14.3 minutes',
	timestamptz '2024-01-02 09:00+01' + i * interval '14.3 minutes'
		+ pg_temp.pick(i, 'updated', 9000000) * interval '1 millisecond'
from generate_series(1, 60000) as i;

insert into booking_step_progress (booking_id, step, name, answers, completed_at)
select
	booking,
	step,
	(array['event', 'venue', 'music', 'extras', 'payment'])[step],
	case when step < 5 then jsonb_build_object('step', step, 'seconds',
		pg_temp.pick(booking * 10 + step, 'seconds', 600), 'valid', true) end,
	case when pg_temp.pick(booking, 'steps', 5) >= step
		then timestamptz '2024-01-02 09:00+01' + booking * interval '14.3 minutes'
			+ step * interval '97 seconds' end
from generate_series(1, 30000) as booking, generate_series(1, 5) as step;

insert into callback_requests (name, phone, preferred, handled, note, created_at)
select
	pg_temp.first_name(i * 3) || ' ' || pg_temp.last_name(i * 5),
	'+31 20 ' || lpad(pg_temp.pick(i, 'phone', 10000000)::text, 7, '0'),
	tsrange(moment, moment + interval '2 hours'),
	pg_temp.pick(i, 'handled', 10) > 0,
	nullif(pg_temp.one_of(i, 'note', array['', 'belt later terug', 'voicemail ingesproken', '\N']), ''),
	moment - interval '1 day'
from generate_series(1, 15000) as i,
	lateral (select timestamp '2024-03-01 10:00' + i * interval '57 minutes' as moment) as at;

insert into reviews (booking_id, rating, body, published, created_at)
select
	1 + pg_temp.pick(i, 'booking', 60000),
	1 + pg_temp.pick(i, 'rating', 9) / 2.0,
	pg_temp.one_of(i, 'opening', array['Geweldige avond!', 'Prima dj,', 'Volle dansvloer 🎉', 'Helaas te hard:'])
		|| ' ' || repeat(pg_temp.one_of(i, 'sentence', array['Iedereen heeft genoten. ',
			'De muziek sloot goed aan. ', 'Volgend jaar weer. ']), 1 + pg_temp.pick(i, 'length', 12)),
	pg_temp.pick(i, 'published', 6) > 0,
	timestamptz '2024-07-01 12:00+02' + i * interval '33 minutes'
from generate_series(1, 25000) as i;

insert into survey_feedback (booking_id, answers, net_promoter_score, response_seconds, created_at)
select
	case when pg_temp.pick(i, 'known', 20) > 0 then 1 + pg_temp.pick(i, 'booking', 60000) end,
	jsonb_build_object('sound', 1 + pg_temp.pick(i, 'sound', 5), 'lights', 1 + pg_temp.pick(i, 'light', 5),
		'remark', pg_temp.one_of(i, 'remark', array['top', 'te laat', 'één nummer te veel', ''])),
	case when pg_temp.pick(i, 'scored', 8) > 0 then pg_temp.pick(i, 'score', 11) end,
	exp(pg_temp.pick(i, 'seconds', 1000) / 123.0),
	timestamptz '2024-07-02 09:30+02' + i * interval '41 minutes'
from generate_series(1, 20000) as i;

insert into knex_migrations (name, batch, migration_time)
select
	to_char(timestamp '2024-01-01' + i * interval '17 days', 'YYYYMMDDHH24MISS') || '_step_' || i || '.js',
	1 + i / 4,
	timestamptz '2024-01-01 03:00+01' + i * interval '17 days'
from generate_series(1, 18) as i;

insert into knex_migrations_lock (is_locked) values (0);

create index bookings_event_on on bookings (event_on) where status <> 'cancelled';
create index contacts_email on contacts (lower(email));
create index bookings_details on bookings using gin (details);

create view upcoming_bookings as
	select reference, venue, event_on, price - deposit as open_amount
	from bookings where status in ('requested', 'confirmed');

create function touch_updated_at() returns trigger language plpgsql as $$
begin
	new.updated_at := statement_timestamp();
	return new;
end
$$;

create trigger bookings_touch before update on bookings
	for each row execute function touch_updated_at();

analyze;
