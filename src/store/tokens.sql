-- Version 9 of the store: customers' tokens that a logout ended before their time.
CREATE TABLE ended_tokens (
    digest TEXT    PRIMARY KEY,   -- sha256 of the signed part, hex
    until  INTEGER NOT NULL       -- it has expired by itself then
);
PRAGMA user_version = 9;
