-- Version 3 of the store: the whole life of a ticket (handed on, parked, called back, merged, expired), what staff write for each
-- other, drafts that survive a lost lease, and the labels that people give.

ALTER TABLE tickets ADD COLUMN reserved_for TEXT;        -- staff id of whom it was handed to by name
ALTER TABLE tickets ADD COLUMN claimed_role TEXT;        -- pharmacist, lead, technician
ALTER TABLE tickets ADD COLUMN callback TEXT;            -- JSON, see store::life::Callback
ALTER TABLE tickets ADD COLUMN reopens TEXT;             -- ticket that ended in this conversation shortly before
ALTER TABLE tickets ADD COLUMN merged_into TEXT;
ALTER TABLE tickets ADD COLUMN further TEXT NOT NULL DEFAULT '[]';  -- dispositions beside the first
-- The one place that says which states are ends.
ALTER TABLE tickets ADD COLUMN closed INTEGER GENERATED ALWAYS AS (state IN ('resolved', 'merged', 'abandoned', 'expired')) VIRTUAL;
UPDATE tickets SET state = 'new' WHERE state = 'open';
DROP INDEX tickets_one_open;
DROP INDEX tickets_waiting;
CREATE UNIQUE INDEX tickets_one_open ON tickets (conversation) WHERE state NOT IN ('resolved', 'merged', 'abandoned', 'expired');
CREATE INDEX tickets_waiting ON tickets (due) WHERE state NOT IN ('resolved', 'merged', 'abandoned', 'expired');
CREATE INDEX tickets_of ON tickets (conversation, resolved_at);
CREATE INDEX tickets_patient ON tickets (patient) WHERE patient IS NOT NULL;

CREATE TABLE notes (
    ticket TEXT    NOT NULL REFERENCES tickets (id),
    at     INTEGER NOT NULL,
    staff  TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    text   TEXT    NOT NULL
);
CREATE INDEX notes_ticket ON notes (ticket, at);

CREATE TABLE reply_drafts (
    ticket TEXT    PRIMARY KEY REFERENCES tickets (id),
    staff  TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    text   TEXT    NOT NULL,
    at     INTEGER NOT NULL
);

CREATE TABLE labels (
    seq          INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    kind         TEXT    NOT NULL,    -- disposition, edit, relabel, thumb
    conversation TEXT    NOT NULL,
    message_id   TEXT,                -- the customer's message that it is about
    ticket       TEXT,
    role         TEXT    NOT NULL,
    release      TEXT    NOT NULL,
    body         TEXT    NOT NULL
);
CREATE INDEX labels_at ON labels (at);
-- Thumbs are labels like the others.
INSERT INTO labels (at, kind, conversation, message_id, ticket, role, release, body)
    SELECT f.at, 'thumb', f.conversation, m.turn, NULL, 'customer', '', json_object('seq', f.seq, 'verdict', f.verdict, 'note', f.note)
    FROM feedback f JOIN messages m ON m.conversation = f.conversation AND m.seq = f.seq;
DROP TABLE feedback;

PRAGMA user_version = 3;
