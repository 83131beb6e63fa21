-- What a bad deployment can do in a second: tables gone, rows gone, and rows that look alive.

drop table booking_step_progress;
drop table survey_feedback cascade;
drop view upcoming_bookings;
truncate callback_requests;
delete from reviews where rating >= 4;
update contacts set name = 'Test User', email = 'test' || id || '@example.com', phone = null
where id % 3 = 0;
update bookings set price = price * 100, venue = upper(venue) where id % 7 = 0;
insert into packages (slug, name, price, hours, features, terms)
values ('free', 'Free', 0, '0 hours', '{}', '');
drop index contacts_email;
alter table contacts drop column message;
