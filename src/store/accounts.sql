-- Version 7 of the store: staff who sign in by password and one-time code, and their sessions.

CREATE TABLE staff_accounts (
    id           TEXT    PRIMARY KEY,  -- staff id in tickets and audit
    login        TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,     -- what customers see
    role         TEXT    NOT NULL,     -- pharmacist, lead, technician, auditor
    password     TEXT    NOT NULL,     -- argon2id as a PHC string
    must_change  INTEGER NOT NULL,     -- the password was made for them and opens nothing but its change
    totp         BLOB    NOT NULL,     -- secret of the one-time codes, as it is: whoever reads the file can make codes
    totp_step    INTEGER NOT NULL,     -- the last one accepted: each code works once
    failed       INTEGER NOT NULL,     -- sign-ins in a row
    locked_until INTEGER,
    disabled     INTEGER,              -- since when
    created      INTEGER NOT NULL,
    signed_in    INTEGER               -- the last time
);

CREATE TABLE staff_sessions (
    digest  TEXT    PRIMARY KEY,       -- sha256 of the cookie, hex; the cookie itself is nowhere
    account TEXT    NOT NULL REFERENCES staff_accounts (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    seen    INTEGER NOT NULL,          -- the last sign of a person
    expires INTEGER NOT NULL           -- whatever happens
);
CREATE INDEX staff_sessions_account ON staff_sessions (account);

PRAGMA user_version = 7;
