-- What the model proposes and a person decides on, and what an assist is about.

CREATE TABLE proposals ( -- Append-only: drafts that a refinement proposes; none is the head by itself. Each is made from its parent.
    draft_id INTEGER PRIMARY KEY REFERENCES drafts(id) ON DELETE CASCADE, -- The proposed draft.
    run_id INTEGER REFERENCES runs(id) -- The run that proposed it.
) STRICT;
CREATE INDEX proposals_of_run ON proposals (run_id);

CREATE TABLE decisions ( -- Append-only: what was decided about a proposal; the last decision counts.
    id INTEGER PRIMARY KEY, -- The id.
    proposal_id INTEGER NOT NULL REFERENCES proposals(draft_id) ON DELETE CASCADE, -- The proposal.
    draft_id INTEGER REFERENCES drafts(id), -- The draft that took over the accepted changes; NULL for a rejection.
    changes TEXT NOT NULL DEFAULT '', -- Numbers of the accepted changes, separated by commas.
    reason TEXT NOT NULL DEFAULT '', -- Why, in words.
    author TEXT NOT NULL DEFAULT '', -- Who decided.
    created_at INTEGER NOT NULL -- When.
) STRICT;
CREATE INDEX decisions_of_proposal ON decisions (proposal_id, id);
CREATE INDEX decisions_of_draft ON decisions (draft_id);

CREATE TABLE assists ( -- Append-only: the hole that a run proposes options for.
    run_id INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE, -- The run, of kind assist.
    hole TEXT NOT NULL -- Identifier of the hole, in the draft that the run is based on.
) STRICT;
