-- Version 2 of the store: when a ticket began to wait for a claim, who has been called since, and whether its clock ran out.

ALTER TABLE tickets ADD COLUMN waiting_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN breached_at INTEGER;
UPDATE tickets SET waiting_since = created;
CREATE INDEX tickets_waiting ON tickets (due) WHERE state <> 'resolved';

PRAGMA user_version = 2;
