-- Version 1 of the store. Times are integer milliseconds UTC, JSON is TEXT, ids are opaque TEXT.

CREATE TABLE records (
    kind         TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    owner        TEXT,                -- patient id, absent for formulary, stock and cash prices
    link         TEXT,                -- medication of a price, helper of a grant, order of a shipment
    version      INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    confirmed_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX records_owner ON records (owner, kind);
CREATE INDEX records_link ON records (link, kind);

CREATE TABLE conversations (
    id          TEXT    PRIMARY KEY,
    site        TEXT    NOT NULL,
    visitor     TEXT    NOT NULL,
    patient     TEXT,
    created     INTEGER NOT NULL,
    last_active INTEGER NOT NULL,
    lang        TEXT,
    owner       TEXT,                 -- staff id while a person owns the chat
    ended       INTEGER NOT NULL DEFAULT 0,
    state       TEXT    NOT NULL
);
CREATE INDEX conversations_visitor ON conversations (visitor, last_active);

CREATE TABLE audit (
    seq          INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    conversation TEXT,                -- no foreign key: the trail outlives what it speaks of
    body         TEXT    NOT NULL,
    prev         TEXT    NOT NULL,
    hash         TEXT    NOT NULL UNIQUE
);
CREATE INDEX audit_conversation ON audit (conversation);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are append-only');
END;

CREATE TABLE messages (
    conversation TEXT    NOT NULL REFERENCES conversations (id),
    seq          INTEGER NOT NULL,
    turn         TEXT,                -- message id of the customer's message that it answers, or is
    author       TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    digest       TEXT    NOT NULL,    -- sha256 of body, hex
    origin       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    staff_name   TEXT,
    audit_seq    INTEGER REFERENCES audit (seq),
    PRIMARY KEY (conversation, seq)
);
CREATE INDEX messages_turn ON messages (conversation, turn);
CREATE TRIGGER messages_said BEFORE UPDATE OF conversation, seq, turn, author, body, digest ON messages BEGIN
    SELECT RAISE(ABORT, 'a message that was said is not reworded');
END;

CREATE TABLE tickets (
    id           TEXT    PRIMARY KEY,
    conversation TEXT    NOT NULL REFERENCES conversations (id),
    message_id   TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    priority     TEXT    NOT NULL,
    queue        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    fired        TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    lang         TEXT    NOT NULL,
    level        TEXT    NOT NULL,
    patient      TEXT,
    cards        TEXT    NOT NULL,
    claimed_by   TEXT,
    claimed_name TEXT,
    lease_until  INTEGER,
    answered_at  INTEGER,
    disposition  TEXT,
    note         TEXT,
    resolved_at  INTEGER,
    version      INTEGER NOT NULL,
    legal_hold   INTEGER NOT NULL
);
CREATE UNIQUE INDEX tickets_one_open ON tickets (conversation) WHERE state <> 'resolved';
CREATE INDEX tickets_queue ON tickets (state, priority, due);

CREATE TABLE turns (
    conversation TEXT    NOT NULL REFERENCES conversations (id),
    message_id   TEXT    NOT NULL,
    seq          INTEGER NOT NULL,    -- of the customer's message, which holds the text
    received_at  INTEGER NOT NULL,
    status       TEXT    NOT NULL,
    done_at      INTEGER,
    ticket       TEXT REFERENCES tickets (id),
    summary      TEXT,
    PRIMARY KEY (conversation, message_id),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
);
CREATE INDEX turns_pending ON turns (received_at) WHERE status = 'pending';

CREATE TABLE outbox (
    id           TEXT    PRIMARY KEY,
    endpoint     TEXT    NOT NULL,
    event        TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL,
    state        TEXT    NOT NULL,
    last_error   TEXT
);
CREATE INDEX outbox_due ON outbox (state, next_attempt);

CREATE TABLE feedback (
    conversation TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    verdict      TEXT    NOT NULL,
    note         TEXT,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
);

PRAGMA user_version = 1;
