-- Microseconds since 1970, UTC: the queue's clock.
CREATE FUNCTION persevere.now_us() RETURNS bigint LANGUAGE sql VOLATILE
    AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint $$;

-- Times are of that clock: read them as `to_timestamp(due / 1e6)`.
CREATE TABLE persevere.tasks (
    id         uuid    PRIMARY KEY,
    task       text    NOT NULL,
    version    bigint  NOT NULL,
    queue      text    NOT NULL,
    args       text    NOT NULL,
    envelope   text    NOT NULL,
    priority   bigint  NOT NULL, -- 0 is the highest, 2 the lowest
    state      text    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead', 'cancelled')),
    enqueued   bigint  NOT NULL,
    first_due  bigint  NOT NULL,
    due        bigint  NOT NULL,
    progress   jsonb   NOT NULL DEFAULT '{}' CHECK (octet_length(progress::text) <= 16777216),
    attempts   text    NOT NULL DEFAULT '[]',
    checkpoint text,
    suspect    boolean NOT NULL DEFAULT false, -- whether it has crashed a worker
    lease      bigint  NOT NULL DEFAULT 0, -- the last one's number, no count
    worker     text,
    since      bigint, -- when the lease was given
    until      bigint, -- when it runs out
    cancel     boolean NOT NULL DEFAULT false, -- whether somebody asked for the end
    key        text,
    from_start boolean NOT NULL DEFAULT false, -- whether the key is free from the start on
    holds_key  boolean NOT NULL DEFAULT false,
    begun      boolean NOT NULL DEFAULT false, -- whether the next one of the key must wait for its end
    output     text,
    reason     text,
    error      text,
    ended      bigint,
    keep_until bigint
);

CREATE INDEX tasks_waiting ON persevere.tasks (task, suspect, priority, due, id, version)
    WHERE state = 'waiting';
CREATE INDEX tasks_running ON persevere.tasks (until) WHERE state = 'running';
CREATE INDEX tasks_dead ON persevere.tasks (ended, id) WHERE state = 'dead';
CREATE INDEX tasks_dead_task ON persevere.tasks (task, ended, id) WHERE state = 'dead';
CREATE INDEX tasks_dead_reason ON persevere.tasks (reason, ended, id) WHERE state = 'dead';
CREATE INDEX tasks_kept ON persevere.tasks (keep_until) WHERE keep_until IS NOT NULL;
CREATE UNIQUE INDEX tasks_key ON persevere.tasks (task, key) WHERE holds_key;
CREATE UNIQUE INDEX tasks_begun ON persevere.tasks (task, key) WHERE begun;

-- The last tick of each schedule whose task was stored; else when the schedule began.
CREATE TABLE persevere.schedules (
    name text   PRIMARY KEY,
    last bigint NOT NULL
);

-- The tasks that each worker runs, and until when it counts as there.
CREATE TABLE persevere.workers (
    worker text   NOT NULL,
    task   text   NOT NULL,
    until  bigint NOT NULL,
    PRIMARY KEY (task, worker)
);
