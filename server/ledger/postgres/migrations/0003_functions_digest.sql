-- Makes, from the tables of 0002: the place where the database keeps which functions it has.

-- SHA-256 of the functions' script in hexadecimal digits (sql_files.ts). NULL when they were made by a server that did
-- not record it.
ALTER TABLE ledger_version ADD functions text;
