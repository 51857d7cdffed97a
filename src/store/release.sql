-- Which release answers by this store, and who stands for it: each audit row says so. What a server wrote last; no row is "unsigned".
CREATE TABLE release (one INTEGER PRIMARY KEY CHECK (one = 1), stamp TEXT NOT NULL);

PRAGMA user_version = 11;
