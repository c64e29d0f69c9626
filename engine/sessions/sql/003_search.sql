-- Full-text search. The index holds no text of its own: it points into texts, whose rows never
-- change, and the triggers keep it in step inside the transaction that writes or purges a text.
-- The beginnings of words have indexes of their own: without one, FTS5 merges the complete lists of all
-- words with that beginning for every query, which takes long once many sessions contain them.

CREATE VIRTUAL TABLE texts_index USING fts5 (
    body, content='texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3 4 5 6'
);

CREATE TRIGGER texts_indexed AFTER INSERT ON texts BEGIN
    INSERT INTO texts_index (rowid, body) VALUES (new.id, new.body);
END;

CREATE TRIGGER texts_unindexed AFTER DELETE ON texts BEGIN
    INSERT INTO texts_index (texts_index, rowid, body) VALUES ('delete', old.id, old.body);
END;

INSERT INTO texts_index (texts_index) VALUES ('rebuild');
