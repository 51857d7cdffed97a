-- Version 12 of the store: what somebody, or a site, has used of their day. No names: `who` is a digest.

CREATE TABLE spent (
    day TEXT    NOT NULL,    -- UTC
    who TEXT    NOT NULL,    -- sha256, hex
    n   INTEGER NOT NULL,
    PRIMARY KEY (day, who)
) WITHOUT ROWID;

PRAGMA user_version = 12;
