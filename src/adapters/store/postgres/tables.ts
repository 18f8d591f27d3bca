/** Which states the runs of a flow are in, so that few of them are not looked for among all runs. */
export const STATES_OF_FLOWS = `
CREATE STATISTICS runs_states_of_flows (mcv) ON flow, state FROM runs;
`;

/** Caches of what journals come to (I39): seq is of the last event that each knows. */
export const SNAPSHOT_TABLES = `
CREATE TABLE snapshots (rid bigint PRIMARY KEY, seq int NOT NULL, snapshot text NOT NULL);
`;

/**
 * Layout 1. Times are ms since the epoch (double precision, for they may be infinite), `n` is the order of arrival, other
 * structures are JSON as text. Runs have an integer, as in the file of the embedded store. Keys compare by their bytes.
 */
export const STORE_TABLES = `
CREATE TABLE layout (version int NOT NULL);
CREATE TABLE meta (key text COLLATE "C" PRIMARY KEY, value text);
-- Who holds shards, and until when others leave them alone.
CREATE TABLE workers (owner text COLLATE "C" PRIMARY KEY, until timestamptz NOT NULL);
CREATE TABLE shards (shard int PRIMARY KEY, epoch bigint NOT NULL, owner text COLLATE "C");
CREATE TABLE plans (hash text COLLATE "C" PRIMARY KEY, plan text NOT NULL, used timestamptz NOT NULL DEFAULT now());

-- seq: of the last durable event. flow to driven: the run's row, once there is one. driven: an owner has to go on with it.
CREATE TABLE runs (
  rid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, shard int NOT NULL, seq int NOT NULL,
  flow text COLLATE "C", hash text COLLATE "C", admitted float8, state text, finished float8, lane text COLLATE "C", waits text, error text,
  incident boolean, driven boolean, origin text
) WITH (fillfactor = 70);
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_by_flow ON runs (flow, rid);
CREATE INDEX runs_driven ON runs (shard, rid) WHERE driven;
CREATE INDEX runs_incident ON runs (rid) WHERE incident;
CREATE INDEX runs_by_end ON runs (finished, rid) WHERE finished IS NOT NULL;

-- One row an entry: its first event's seq, and its events.
CREATE TABLE journal (rid bigint NOT NULL, seq int NOT NULL, entry text COLLATE "C" NOT NULL, events text NOT NULL, PRIMARY KEY (rid, seq));
CREATE TABLE blobs (hash text COLLATE "C" PRIMARY KEY, value text NOT NULL);
CREATE TABLE blob_runs (rid bigint NOT NULL, hash text COLLATE "C" NOT NULL, PRIMARY KEY (rid, hash));
CREATE INDEX blob_runs_by_hash ON blob_runs (hash);

CREATE TABLE outbox (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shard int NOT NULL, rid bigint NOT NULL, id text COLLATE "C" NOT NULL, message text NOT NULL, UNIQUE (shard, id));
CREATE INDEX outbox_by_shard ON outbox (shard, n);
CREATE INDEX outbox_by_run ON outbox (rid);
CREATE TABLE timers (rid bigint NOT NULL, path text COLLATE "C" NOT NULL, shard int NOT NULL, due float8 NOT NULL, PRIMARY KEY (rid, path));
CREATE INDEX timers_by_due ON timers (shard, due);
CREATE TABLE lanes (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lane text COLLATE "C" NOT NULL, rid bigint NOT NULL, UNIQUE (lane, rid));
CREATE INDEX lanes_by_age ON lanes (lane, n);
CREATE TABLE locks (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lock text COLLATE "C" NOT NULL, rid bigint NOT NULL, path text COLLATE "C" NOT NULL, taken boolean NOT NULL, UNIQUE (lock, rid, path));
CREATE INDEX locks_by_age ON locks (lock, n);
CREATE INDEX locks_untaken ON locks (lock, n) WHERE NOT taken;
CREATE TABLE waiters (topic text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, rid bigint NOT NULL, wait text COLLATE "C" NOT NULL, PRIMARY KEY (topic, key, rid, wait));
CREATE INDEX waiters_by_run ON waiters (rid);
CREATE TABLE inbox (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, shard int NOT NULL, request text NOT NULL, UNIQUE (run, id));
CREATE INDEX inbox_by_shard ON inbox (shard, n);

CREATE TABLE table_rows (name text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, at float8 NOT NULL, until float8 NOT NULL, value text NOT NULL, PRIMARY KEY (name, key));
CREATE INDEX table_rows_by_end ON table_rows (until) WHERE until < 'Infinity';
CREATE TABLE table_effects (effect text COLLATE "C" PRIMARY KEY, rid bigint NOT NULL, verdict text NOT NULL);
CREATE INDEX table_effects_by_run ON table_effects (rid);
CREATE TABLE budgets (scope text COLLATE "C" PRIMARY KEY, until float8 NOT NULL, tokens float8 NOT NULL, usd float8 NOT NULL);
CREATE INDEX budgets_by_end ON budgets (until) WHERE until < 'Infinity';
CREATE TABLE budget_holds (rid bigint NOT NULL, call text COLLATE "C" NOT NULL, scope text COLLATE "C" NOT NULL, tokens float8 NOT NULL, usd float8 NOT NULL, PRIMARY KEY (rid, call));
CREATE INDEX budget_holds_by_scope ON budget_holds (scope);
CREATE TABLE seen (scope text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, until float8 NOT NULL, PRIMARY KEY (scope, key));
CREATE INDEX seen_by_end ON seen (until) WHERE until < 'Infinity';
CREATE TABLE dead_letters (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, flow text COLLATE "C" NOT NULL, at float8 NOT NULL, letter text NOT NULL);
CREATE INDEX dead_letters_by_flow ON dead_letters (flow, n);
-- Bodies of messages that were too large for their topics.
CREATE TABLE bodies (key text COLLATE "C" PRIMARY KEY, body text NOT NULL, until float8 NOT NULL);
CREATE INDEX bodies_by_end ON bodies (until) WHERE until < 'Infinity';
-- The ids of runs that are gone, until somebody may use them again.
CREATE TABLE spent (id text COLLATE "C" PRIMARY KEY, admitted float8 NOT NULL, until float8 NOT NULL);
CREATE INDEX spent_by_end ON spent (until) WHERE until < 'Infinity';
`;
