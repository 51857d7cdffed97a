-- Version 10 of the store. What lies beside it, such as the search index, says by this which store it is of.

CREATE TABLE store (id TEXT NOT NULL);
INSERT INTO store (id) VALUES (lower(hex(randomblob(16))));

PRAGMA user_version = 10;
