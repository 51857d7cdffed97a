-- Version 8 of the store: what a live feed told, which records are in doubt, and when it was last heard.

-- Rises over all records with each change of one; search follows by it.
ALTER TABLE records ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE records SET changed = rowid;
-- A person's records of a kind in order of id, without a sort that would make the planner walk the whole kind.
DROP INDEX records_owner;
CREATE INDEX records_owner ON records (owner, kind, id);
CREATE INDEX records_changed ON records (changed);
CREATE TRIGGER records_new AFTER INSERT ON records BEGIN
    UPDATE records SET changed = (SELECT MAX(changed) + 1 FROM records) WHERE rowid = new.rowid;
END;
CREATE TRIGGER records_newer AFTER UPDATE OF body ON records WHEN new.body <> old.body BEGIN
    UPDATE records SET changed = (SELECT MAX(changed) + 1 FROM records) WHERE rowid = new.rowid;
END;
-- A compact event names a record by the number that people know.
CREATE INDEX records_number ON records (kind, COALESCE(json_extract(body, '$.number'), json_extract(body, '$.tracking')));

-- The versions of a record since it was first told of: what follows from them must not depend on the order in which they came.
CREATE TABLE feed_steps (
    kind    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT    NOT NULL,     -- see domain::feed::Step
    PRIMARY KEY (kind, id, version)
);

-- Records of which nothing is told until a later version is sound.
CREATE TABLE feed_doubts (
    kind    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    ticket  TEXT    NOT NULL REFERENCES tickets (id),
    PRIMARY KEY (kind, id)
);

-- Tickets that a feed opened and no receiver has been told of.
CREATE TABLE feed_untold (ticket TEXT PRIMARY KEY REFERENCES tickets (id));

-- Ids of events, each of which counts once; and requests with their answers.
CREATE TABLE feed_events (
    id     TEXT    PRIMARY KEY,
    digest TEXT    NOT NULL,      -- sha256 of the line, hex
    at     INTEGER NOT NULL
);
CREATE INDEX feed_events_at ON feed_events (at);
CREATE TABLE feed_requests (
    id     TEXT    PRIMARY KEY,   -- webhook-id
    digest TEXT    NOT NULL,      -- sha256 of the body, hex
    answer TEXT    NOT NULL,
    at     INTEGER NOT NULL
);

-- When a kind of record was confirmed as a whole, and under `feed` when anything was heard at all.
CREATE TABLE feed_heard (what TEXT PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE feed_totals (outcome TEXT PRIMARY KEY, n INTEGER NOT NULL);

-- Records as they may be told: when the feed last confirmed them, and 1970 for those in doubt.
CREATE VIEW told AS SELECT r.kind, r.id, r.owner, r.link, r.version, r.body,
    iif(EXISTS (SELECT 1 FROM feed_doubts d WHERE d.kind = r.kind AND d.id = r.id), 0,
        MAX(r.confirmed_at, COALESCE((SELECT h.at FROM feed_heard h WHERE h.what = r.kind), 0))) AS confirmed_at
    FROM records r;

PRAGMA user_version = 8;
