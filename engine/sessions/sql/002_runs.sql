-- What the machine did: runs of the pipeline, their timings, and the code they wrote.

CREATE TABLE runs ( -- One run of the pipeline; the only rows beside sessions that change, and only until the run ends.
    id INTEGER PRIMARY KEY, -- The id.
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, -- The session.
    kind TEXT NOT NULL, -- What was asked for: generate, draft, implement, check, refine, assist.
    status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'interrupted', 'cancelled', 'failed')), -- Where it stands.
    outcome TEXT NOT NULL DEFAULT '', -- The pipeline's own verdict: passed, failed, broken, unreachable, cancelled, error.
    stage TEXT NOT NULL DEFAULT '', -- The stage that it is in, or ended in.
    prompt_id INTEGER REFERENCES prompts(id), -- The prompt it answers.
    base_id INTEGER REFERENCES drafts(id), -- The head when it began: what it refines or implements.
    endpoint TEXT NOT NULL DEFAULT '', -- Name of the endpoint.
    model TEXT NOT NULL DEFAULT '', -- Name of the model.
    seed INTEGER, -- Sampling seed; NULL when left to the endpoint.
    temperature REAL, -- Sampling temperature; NULL when left to the endpoint.
    prompt_version TEXT NOT NULL DEFAULT '', -- Version of the instructions given to the model.
    owner_pid INTEGER NOT NULL, -- Process that runs it.
    owner_birth TEXT NOT NULL, -- When that process started, as the system counts; tells a reused pid apart.
    owner_machine TEXT NOT NULL, -- Host, boot and pid namespace in which the pid means anything.
    started_at INTEGER NOT NULL, -- When it began.
    seen_at INTEGER NOT NULL, -- When its owner last wrote something.
    finished_at INTEGER, -- When it ended; NULL while it runs.
    error TEXT, -- What went wrong, as JSON with kind, what and todo.
    cost_usd REAL NOT NULL DEFAULT 0 -- Its cost in US dollars.
) STRICT;
CREATE INDEX runs_of_session ON runs (session_id, id);
CREATE INDEX runs_of_base ON runs (base_id);
CREATE INDEX runs_of_prompt ON runs (prompt_id);
CREATE INDEX runs_running ON runs (id) WHERE status = 'running';

CREATE TABLE streams ( -- Text that a stage has streamed and that is not yet a draft or code; it outlives an interruption.
    run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, -- The run.
    stage TEXT NOT NULL, -- The stage.
    body TEXT NOT NULL, -- What it has streamed so far.
    PRIMARY KEY (run_id, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE spans ( -- Append-only: the timed pieces of a run's stages.
    run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, -- The run.
    seq INTEGER NOT NULL, -- Its number in the run, from 1.
    stage TEXT NOT NULL, -- The stage.
    name TEXT NOT NULL, -- What took the time: connect, queue, prefill, decode, verify and so on.
    start_s REAL NOT NULL, -- Start, in seconds since the run began.
    duration_s REAL NOT NULL, -- Duration in seconds.
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage ( -- Append-only: the tokens that each stage of a run used.
    run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, -- The run.
    seq INTEGER NOT NULL, -- Its number in the run, from 1.
    stage TEXT NOT NULL, -- The stage.
    prompt_tokens INTEGER NOT NULL, -- Tokens of the prompt, the cached ones included.
    cached_tokens INTEGER NOT NULL, -- Tokens of the prompt that the endpoint had in its cache.
    completion_tokens INTEGER NOT NULL, -- Tokens that the model wrote.
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE codes ( -- Append-only: every version of the code; its text is in texts.
    id INTEGER PRIMARY KEY REFERENCES texts(id) ON DELETE CASCADE, -- The id, also of its text.
    draft_id INTEGER NOT NULL REFERENCES drafts(id) ON DELETE CASCADE, -- The draft it implements.
    run_id INTEGER REFERENCES runs(id) -- The run that wrote it; NULL for code written by a person.
) STRICT;
CREATE INDEX codes_of_draft ON codes (draft_id, id);
CREATE INDEX codes_of_run ON codes (run_id);

CREATE TABLE checks ( -- Append-only: the verdicts on a version of the code.
    id INTEGER PRIMARY KEY, -- The id.
    code_id INTEGER NOT NULL REFERENCES codes(id) ON DELETE CASCADE, -- The code.
    run_id INTEGER REFERENCES runs(id), -- The run that checked it.
    kind TEXT NOT NULL, -- What kind of check: parse, types, example, property and so on.
    name TEXT NOT NULL, -- What was checked, in words.
    status TEXT NOT NULL CHECK (status IN ('passed', 'failed', 'skipped', 'error')), -- The verdict.
    detail TEXT NOT NULL DEFAULT '', -- Why it did not pass.
    clause TEXT NOT NULL DEFAULT '' -- Address of the clause it judges; empty for the code as a whole.
) STRICT;
CREATE INDEX checks_of_code ON checks (code_id, id);
CREATE INDEX checks_of_run ON checks (run_id);
