-- Times are microseconds since 1970, UTC. `id` is a UUID's 16 bytes: read it as `hex(id)`.
CREATE TABLE persevere_tasks (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    task       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    queue      TEXT    NOT NULL,
    args       TEXT    NOT NULL,
    envelope   TEXT    NOT NULL,
    priority   INTEGER NOT NULL, -- 0 is the highest, 2 the lowest
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead', 'cancelled')),
    enqueued   INTEGER NOT NULL,
    first_due  INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    progress   TEXT    NOT NULL DEFAULT '{}',
    attempts   TEXT    NOT NULL DEFAULT '[]',
    checkpoint TEXT,
    suspect    INTEGER NOT NULL DEFAULT 0, -- whether it has crashed a worker
    lease      INTEGER NOT NULL DEFAULT 0, -- the last one's number, no count
    worker     TEXT,
    since      INTEGER, -- when the lease was given
    until      INTEGER, -- when it runs out
    cancel     INTEGER NOT NULL DEFAULT 0, -- whether somebody asked for the end
    key        TEXT,
    from_start INTEGER NOT NULL DEFAULT 0, -- whether the key is free from the start on
    holds_key  INTEGER NOT NULL DEFAULT 0,
    begun      INTEGER NOT NULL DEFAULT 0, -- whether the next one of the key must wait for its end
    output     TEXT,
    reason     TEXT,
    error      TEXT,
    ended      INTEGER,
    keep_until INTEGER
) STRICT;

CREATE INDEX persevere_tasks_waiting ON persevere_tasks (task, suspect, priority, due, id, version)
    WHERE state = 'waiting';
CREATE INDEX persevere_tasks_running ON persevere_tasks (until) WHERE state = 'running';
CREATE INDEX persevere_tasks_dead ON persevere_tasks (ended, id) WHERE state = 'dead';
CREATE INDEX persevere_tasks_dead_task ON persevere_tasks (task, ended, id) WHERE state = 'dead';
CREATE INDEX persevere_tasks_dead_reason ON persevere_tasks (reason, ended, id) WHERE state = 'dead';
CREATE INDEX persevere_tasks_kept ON persevere_tasks (keep_until) WHERE keep_until IS NOT NULL;
CREATE UNIQUE INDEX persevere_tasks_key ON persevere_tasks (task, key) WHERE holds_key = 1;
CREATE UNIQUE INDEX persevere_tasks_begun ON persevere_tasks (task, key) WHERE begun = 1;

-- The last tick of each schedule whose task was stored; else when the schedule began.
CREATE TABLE persevere_schedules (
    name TEXT    NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The tasks that each worker runs, and until when it counts as there.
CREATE TABLE persevere_workers (
    worker TEXT    NOT NULL,
    task   TEXT    NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (task, worker)
) STRICT, WITHOUT ROWID;
