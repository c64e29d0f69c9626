-- Sessions and what people write into them. Every table and column carries its comment into
-- the file itself (SQLite keeps it), and from there into docs/schema.md.
-- Times are milliseconds since the Unix epoch.

CREATE TABLE sessions ( -- One session: a row of summary for fast lists; its content lives in the append-only tables.
    num INTEGER PRIMARY KEY, -- Internal number, in the order of creation.
    id TEXT NOT NULL UNIQUE, -- The short id that people type; sorts by time of creation.
    origin TEXT NOT NULL, -- How it began: prompt, spec, json, code, fork, import or starter.
    forked_from INTEGER REFERENCES drafts(id) ON DELETE SET NULL, -- The draft it was forked from.
    created_at INTEGER NOT NULL, -- When it was created.
    updated_at INTEGER NOT NULL, -- When its content last changed.
    deleted_at INTEGER, -- When it was deleted; NULL while it is not. A deleted session can be brought back.
    state TEXT NOT NULL DEFAULT 'draft', -- draft, finalized or abandoned.
    title TEXT NOT NULL DEFAULT '', -- The title given by a person, or else the summary of the head draft.
    title_given INTEGER NOT NULL DEFAULT 0, -- 1 when a person gave the title.
    function TEXT NOT NULL DEFAULT '', -- Name of the function that the head draft specifies.
    head_id INTEGER, -- The head draft (the last row of head_moves).
    draft_count INTEGER NOT NULL DEFAULT 0, -- Number of drafts.
    holes_open INTEGER NOT NULL DEFAULT 0, -- Holes in the head draft.
    checks_passed INTEGER NOT NULL DEFAULT 0, -- Passed checks of the head draft's newest code.
    checks_failed INTEGER NOT NULL DEFAULT 0, -- Failed or broken checks of the head draft's newest code.
    model TEXT NOT NULL DEFAULT '', -- Model of the newest run.
    run_status TEXT NOT NULL DEFAULT '', -- Status of the newest run; empty before the first.
    cost_usd REAL NOT NULL DEFAULT 0, -- Cost of all runs, in US dollars.
    tags TEXT NOT NULL DEFAULT '' -- The tags, sorted, separated by spaces.
) STRICT;

-- One index per order of a list. Each carries the columns that lists filter by (deleted_at too, though it
-- is NULL in all of them, for SQLite looks it up otherwise), so that a filter is decided inside the index
-- and only the rows of the page itself are read.
CREATE INDEX sessions_by_update
    ON sessions (updated_at, num, state, model, holes_open, checks_failed, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_creation
    ON sessions (created_at, num, state, model, holes_open, checks_failed, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_title
    ON sessions (title COLLATE NOCASE, num, state, model, holes_open, checks_failed, deleted_at)
    WHERE deleted_at IS NULL;
-- And, for the usual order, one per filter that can be narrow.
CREATE INDEX sessions_of_state
    ON sessions (state, updated_at, num, model, holes_open, checks_failed, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX sessions_of_model
    ON sessions (model, updated_at, num, state, holes_open, checks_failed, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX sessions_with_holes
    ON sessions (updated_at, num, state, model, holes_open, checks_failed, deleted_at)
    WHERE deleted_at IS NULL AND holes_open > 0;
CREATE INDEX sessions_failing
    ON sessions (updated_at, num, state, model, holes_open, checks_failed, deleted_at)
    WHERE deleted_at IS NULL AND checks_failed > 0;
CREATE INDEX sessions_deleted ON sessions (deleted_at, num) WHERE deleted_at IS NOT NULL;

CREATE INDEX sessions_forked ON sessions (forked_from);

CREATE TABLE session_tags ( -- The tags that sessions carry now, for filtering; events keeps their history.
    tag TEXT NOT NULL, -- The tag.
    num INTEGER NOT NULL REFERENCES sessions(num) ON DELETE CASCADE, -- The session.
    PRIMARY KEY (tag, num)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_tags_of ON session_tags (num);

CREATE TABLE texts ( -- Append-only: every text that can be searched for. Prompts, drafts and codes share its ids.
    id INTEGER PRIMARY KEY, -- The id; ids grow with time across all sessions.
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, -- The session it belongs to.
    kind TEXT NOT NULL CHECK (kind IN ('title', 'prompt', 'spec', 'code')), -- What it is the text of.
    seq INTEGER NOT NULL, -- Its number among the texts of this kind in the session, from 1.
    author TEXT NOT NULL DEFAULT '', -- Who wrote it: a user's or a model's name.
    body TEXT NOT NULL, -- The text: a prompt, the text form of a draft, a Python module.
    created_at INTEGER NOT NULL, -- When it was written.
    UNIQUE (session_id, kind, seq)
) STRICT;

CREATE TABLE prompts ( -- Append-only: what people asked for in plain English; the words are in texts.
    id INTEGER PRIMARY KEY REFERENCES texts(id) ON DELETE CASCADE, -- The id, also of its text.
    purpose TEXT NOT NULL -- What the prompt asks for: draft or refine.
) STRICT;

CREATE TABLE drafts ( -- Append-only: every version of a session's specification; its text form is in texts.
    id INTEGER PRIMARY KEY REFERENCES texts(id) ON DELETE CASCADE, -- The id, also of its text form.
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, -- The session it belongs to.
    parent_id INTEGER REFERENCES drafts(id), -- The draft it was made from; NULL for one made from nothing.
    sibling INTEGER NOT NULL, -- 1 when its parent was no longer the head, so that it did not become the head.
    source TEXT NOT NULL, -- Who wrote it: human, agent, reverse, verification or refinement.
    reason TEXT NOT NULL DEFAULT '', -- Why it was written, in words.
    function TEXT NOT NULL, -- Name of the specified function.
    holes INTEGER NOT NULL, -- Number of open holes.
    ir TEXT NOT NULL -- The specification as JSON.
) STRICT;
CREATE INDEX drafts_of_session ON drafts (session_id, id);
CREATE INDEX drafts_of_parent ON drafts (parent_id);

CREATE TABLE resolutions ( -- Append-only: how a hole of a draft was answered.
    id INTEGER PRIMARY KEY, -- The id.
    draft_id INTEGER NOT NULL REFERENCES drafts(id) ON DELETE CASCADE, -- The draft in which the hole is answered.
    hole TEXT NOT NULL, -- Identifier of the hole in the parent draft.
    action TEXT NOT NULL CHECK (action IN ('option', 'answer', 'reject')), -- Picked, typed, or turned down.
    answer TEXT NOT NULL DEFAULT '', -- The option that was picked or the answer that was typed.
    author TEXT NOT NULL DEFAULT '' -- Who answered.
) STRICT;
CREATE INDEX resolutions_of_draft ON resolutions (draft_id);

CREATE TABLE head_moves ( -- Append-only: every move of a session's head; undo and redo are computed from it.
    id INTEGER PRIMARY KEY, -- The id.
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, -- The session.
    kind TEXT NOT NULL CHECK (kind IN ('draft', 'select', 'undo', 'redo')), -- What moved it.
    draft_id INTEGER NOT NULL REFERENCES drafts(id), -- The draft it moved to.
    author TEXT NOT NULL DEFAULT '', -- Who moved it.
    created_at INTEGER NOT NULL -- When.
) STRICT;
CREATE INDEX head_moves_of_session ON head_moves (session_id, id);
CREATE INDEX head_moves_to_draft ON head_moves (draft_id);

CREATE TABLE events ( -- Append-only: what happened to a session beside its content.
    id INTEGER PRIMARY KEY, -- The id.
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, -- The session.
    kind TEXT NOT NULL CHECK (kind IN ('create', 'state', 'title', 'tag', 'untag', 'delete', 'undelete')), -- What.
    value TEXT NOT NULL DEFAULT '', -- The new state, the new title or the tag.
    reason TEXT NOT NULL DEFAULT '', -- Why, in words.
    author TEXT NOT NULL DEFAULT '', -- Who did it.
    created_at INTEGER NOT NULL -- When.
) STRICT;
CREATE INDEX events_of_session ON events (session_id, id);
