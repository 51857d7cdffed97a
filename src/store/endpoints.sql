-- Version 4 of the store: receivers that staff manage, what a delivery is about, who is at work on it, and what came of the attempts.

CREATE TABLE endpoints (
    name           TEXT    PRIMARY KEY,
    url            TEXT    NOT NULL,
    secrets        TEXT    NOT NULL,  -- newest first: [["whsec_…", null or when it stops signing]]
    form           TEXT    NOT NULL,  -- thin, full, or the name of a recipe
    priorities     TEXT    NOT NULL,  -- told of these only; [] for all
    types          TEXT    NOT NULL,  -- as priorities
    secondary      TEXT,              -- told too when this one was not reached; no foreign key: it may stand in the configuration
    standby        INTEGER NOT NULL,  -- told only in another's place
    allow_internal INTEGER NOT NULL,
    disabled       TEXT,              -- why nothing is sent
    disabled_at    INTEGER,
    created        INTEGER NOT NULL
);

ALTER TABLE outbox ADD COLUMN ticket TEXT;
ALTER TABLE outbox ADD COLUMN priority TEXT;
ALTER TABLE outbox ADD COLUMN step TEXT;
ALTER TABLE outbox ADD COLUMN stands_for TEXT;                -- the delivery in whose place this one goes to a secondary
ALTER TABLE outbox ADD COLUMN fence INTEGER NOT NULL DEFAULT 0; -- rises each time that a worker takes it
ALTER TABLE outbox ADD COLUMN taken_until INTEGER;            -- that worker's until then
UPDATE outbox SET ticket = json_extract(payload, '$.data.ticket'), priority = json_extract(payload, '$.data.priority'),
    step = json_extract(payload, '$.data.step');
CREATE UNIQUE INDEX outbox_stands_for ON outbox (stands_for) WHERE stands_for IS NOT NULL;
CREATE INDEX outbox_endpoint ON outbox (endpoint, state, next_attempt);
CREATE INDEX outbox_ticket ON outbox (ticket);

-- Outcomes of the attempts, one row an endpoint and hour: a count that does not grow with the traffic.
CREATE TABLE endpoint_hours (
    endpoint     TEXT    NOT NULL,
    hour         INTEGER NOT NULL,    -- milliseconds of its start
    delivered    INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    last_success INTEGER,
    last_failure INTEGER,
    last_error   TEXT,
    PRIMARY KEY (endpoint, hour)
);

PRAGMA user_version = 4;
