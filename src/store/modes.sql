-- Version 5 of the store: what was stopped while the server ran, and drafts that only staff may send.

CREATE TABLE pauses (
    seq      INTEGER PRIMARY KEY,
    scope    TEXT    NOT NULL,    -- all, topic:DL5, intent:I14, lang:es
    mode     TEXT    NOT NULL,    -- suggest, off
    reason   TEXT    NOT NULL,
    name     TEXT    NOT NULL,    -- who
    at       INTEGER NOT NULL,
    ended_at INTEGER              -- rows stay: their count with that of the ended ones tells whether anything changed
);
CREATE UNIQUE INDEX pauses_open ON pauses (scope) WHERE ended_at IS NULL;

CREATE TABLE suggestions (
    conversation TEXT    NOT NULL REFERENCES conversations (id),
    message_id   TEXT    NOT NULL,    -- the customer's message that it would answer
    at           INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    used         INTEGER NOT NULL DEFAULT 0,  -- a person has written since
    PRIMARY KEY (conversation, message_id)
);

PRAGMA user_version = 5;
