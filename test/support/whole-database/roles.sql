-- What belongs to the whole server: has to be there before the database, in the source and the target.
CREATE ROLE "app owner";
CREATE ROLE app_reader;
CREATE ROLE "Rolle ""ä""";
CREATE ROLE "a superuser" SUPERUSER;
