-- Version 6 of the store: what a console with a long queue asks: what has changed since it last looked, and which case has these words.

-- Rises over all tickets with each change that a console shows.
ALTER TABLE tickets ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE tickets SET changed = rowid;
CREATE INDEX tickets_changed ON tickets (changed);
CREATE TRIGGER tickets_opened AFTER INSERT ON tickets BEGIN
    UPDATE tickets SET changed = (SELECT MAX(changed) + 1 FROM tickets) WHERE id = new.id;
END;
CREATE TRIGGER tickets_moved AFTER UPDATE OF version, lease_until ON tickets BEGIN
    UPDATE tickets SET changed = (SELECT MAX(changed) + 1 FROM tickets) WHERE id = new.id;
END;

-- What customers and staff wrote. What belongs to one ticket (notes, facts) names it; messages belong to all of a conversation. The
-- triggers leave nothing out, whoever writes; a conversation that is deleted takes its words with it.
CREATE TABLE case_words (
    id           INTEGER PRIMARY KEY,
    conversation TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    ticket       TEXT,
    text         TEXT    NOT NULL
);
CREATE INDEX case_words_conversation ON case_words (conversation);
CREATE VIRTUAL TABLE case_index USING fts5 (
    text, content = 'case_words', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO case_index (case_index, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER case_words_in AFTER INSERT ON case_words BEGIN
    INSERT INTO case_index (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER case_words_out AFTER DELETE ON case_words BEGIN
    INSERT INTO case_index (case_index, rowid, text) VALUES ('delete', old.id, old.text);
END;

CREATE TRIGGER messages_words AFTER INSERT ON messages WHEN new.author IN ('customer', 'pharmacist') BEGIN
    INSERT INTO case_words (conversation, text) SELECT new.conversation, COALESCE(new.staff_name || ' ', '') || group_concat(atom, ' ')
        FROM json_tree(new.body) WHERE key = 'text' HAVING COUNT(atom) > 0;
END;
CREATE TRIGGER notes_words AFTER INSERT ON notes BEGIN
    INSERT INTO case_words (conversation, ticket, text)
        SELECT conversation, id, new.name || ' ' || new.text FROM tickets WHERE id = new.ticket;
END;
CREATE TRIGGER tickets_facts AFTER INSERT ON tickets BEGIN
    INSERT INTO case_words (conversation, ticket, text) SELECT new.conversation, new.id, group_concat(atom, ' ')
        FROM json_tree(new.cards, '$[#-1].facts') WHERE key = 'value' HAVING COUNT(atom) > 0;
END;
CREATE TRIGGER tickets_more_facts AFTER UPDATE OF cards ON tickets WHEN new.cards <> old.cards BEGIN
    INSERT INTO case_words (conversation, ticket, text) SELECT new.conversation, new.id, group_concat(atom, ' ')
        FROM json_tree(new.cards, '$[#-1].facts') WHERE key = 'value' HAVING COUNT(atom) > 0;
END;

-- What was written before.
INSERT INTO case_words (conversation, text) SELECT m.conversation, COALESCE(m.staff_name || ' ', '') || group_concat(t.atom, ' ')
    FROM messages m, json_tree(m.body) t WHERE m.author IN ('customer', 'pharmacist') AND t.key = 'text' GROUP BY m.conversation, m.seq;
INSERT INTO case_words (conversation, ticket, text)
    SELECT t.conversation, t.id, n.name || ' ' || n.text FROM notes n JOIN tickets t ON t.id = n.ticket;
INSERT INTO case_words (conversation, ticket, text) SELECT t.conversation, t.id, group_concat(f.atom, ' ')
    FROM tickets t, json_tree(t.cards) f WHERE f.key = 'value' GROUP BY t.id;

PRAGMA user_version = 6;
