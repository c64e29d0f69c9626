-- What verdicts rest on, and how a run came by the code it ended with.

CREATE TABLE evidence ( -- Append-only: what a verdict rests on; verdicts that need none have no row.
    check_id INTEGER PRIMARY KEY REFERENCES checks(id) ON DELETE CASCADE, -- The verdict.
    expected TEXT NOT NULL DEFAULT '', -- What should have come back.
    actual TEXT NOT NULL DEFAULT '', -- What came back.
    counterexample TEXT NOT NULL DEFAULT '', -- The smallest call known to show it.
    line INTEGER -- Line of the code concerned, from 1; NULL when not known.
) STRICT;

CREATE TABLE repairs ( -- Append-only: versions of the code that were written because an earlier one failed.
    code_id INTEGER PRIMARY KEY REFERENCES codes(id) ON DELETE CASCADE, -- The new version.
    failed_id INTEGER NOT NULL REFERENCES codes(id), -- The version that failed.
    attempt INTEGER NOT NULL, -- Its number in the run, from 1.
    reason TEXT NOT NULL DEFAULT '' -- What failed, in words.
) STRICT;
CREATE INDEX repairs_of_failed ON repairs (failed_id);

CREATE TABLE choices ( -- Append-only: the version that a run settled on, when it wrote several.
    run_id INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE, -- The run.
    code_id INTEGER NOT NULL REFERENCES codes(id), -- The version.
    reason TEXT NOT NULL DEFAULT '' -- Why, in words.
) STRICT;
CREATE INDEX choices_of_code ON choices (code_id);
