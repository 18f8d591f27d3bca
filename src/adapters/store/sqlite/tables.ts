/**
 * Layout 1 of the store's tables. Times are ms since the epoch (REAL, for they may be Infinity), `n` is the order of
 * arrival, other structures are JSON. A run has an integer of this file, so that the journal grows at its end (fact g).
 */
export const STORE_TABLES = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE shards (shard INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, owner TEXT NOT NULL) STRICT;
CREATE TABLE plans (hash TEXT PRIMARY KEY, plan TEXT NOT NULL) STRICT;

-- seq: of the last durable event. flow to driven: the run's row, once there is one. driven: an owner has to go on with it.
CREATE TABLE runs (
  rid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, shard INTEGER NOT NULL, seq INTEGER NOT NULL,
  flow TEXT, hash TEXT, admitted REAL, state TEXT, finished REAL, lane TEXT, waits TEXT, error TEXT, incident INTEGER, driven INTEGER
) STRICT;
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_by_flow ON runs (flow);
CREATE INDEX runs_driven ON runs (shard) WHERE driven = 1;
CREATE INDEX runs_incident ON runs (rid) WHERE incident = 1;

-- One row an entry: its first event's seq, and its events.
CREATE TABLE journal (n INTEGER PRIMARY KEY, rid INTEGER NOT NULL, seq INTEGER NOT NULL, entry TEXT NOT NULL, events TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX journal_by_run ON journal (rid, seq);

CREATE TABLE outbox (n INTEGER PRIMARY KEY, shard INTEGER NOT NULL, rid INTEGER NOT NULL, id TEXT NOT NULL, message TEXT NOT NULL, UNIQUE (shard, id)) STRICT;
CREATE INDEX outbox_by_shard ON outbox (shard);
CREATE TABLE timers (rid INTEGER NOT NULL, path TEXT NOT NULL, shard INTEGER NOT NULL, due REAL NOT NULL, PRIMARY KEY (rid, path)) STRICT, WITHOUT ROWID;
CREATE INDEX timers_by_due ON timers (shard, due);
CREATE TABLE lanes (n INTEGER PRIMARY KEY, lane TEXT NOT NULL, rid INTEGER NOT NULL, UNIQUE (lane, rid)) STRICT;
CREATE INDEX lanes_by_age ON lanes (lane, n);
CREATE TABLE inbox (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, shard INTEGER NOT NULL, request TEXT NOT NULL) STRICT;
CREATE INDEX inbox_by_shard ON inbox (shard);
CREATE TABLE seen (scope TEXT NOT NULL, key TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_end ON seen (until);
CREATE TABLE dead_letters (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, flow TEXT NOT NULL, at REAL NOT NULL, letter TEXT NOT NULL) STRICT;
CREATE INDEX dead_letters_by_flow ON dead_letters (flow);
`;

/** What retention needs: ended runs by their end, and the ids of those that are gone, until somebody may use them again. */
export const PRUNE_TABLES = `
CREATE INDEX runs_by_end ON runs (finished) WHERE finished IS NOT NULL;
CREATE TABLE spent (id TEXT PRIMARY KEY, admitted REAL NOT NULL, until REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX spent_by_end ON spent (until) WHERE until < 9e999;
`;

/** Large values of events, each once, and which runs have them (I39). They come and go in the transactions of their runs. */
export const BLOB_TABLES = `
CREATE TABLE blobs (n INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, value TEXT NOT NULL) STRICT;
CREATE TABLE blob_runs (rid INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (rid, hash)) STRICT, WITHOUT ROWID;
CREATE INDEX blob_runs_by_hash ON blob_runs (hash);
`;

/** Who waits for messages (I14). */
export const WAITER_TABLES = `
CREATE TABLE waiters (topic TEXT NOT NULL, key TEXT NOT NULL, rid INTEGER NOT NULL, wait TEXT NOT NULL, PRIMARY KEY (topic, key, rid, wait)) STRICT, WITHOUT ROWID;
CREATE INDEX waiters_by_run ON waiters (rid);
`;

/** Rows of tables, their values as canonical JSON; and what became of the effects that put them, with their runs. */
export const ROW_TABLES = `
CREATE TABLE table_rows (n INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL, value TEXT NOT NULL, UNIQUE (name, key)) STRICT;
CREATE INDEX table_rows_by_end ON table_rows (until) WHERE until < 9e999;
CREATE TABLE table_effects (effect TEXT PRIMARY KEY, rid INTEGER NOT NULL, verdict TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX table_effects_by_run ON table_effects (rid);
`;

/** Budgets over runs (I36): what is settled, by scope, and what is held back while a model call is under way. */
export const BUDGET_TABLES = `
CREATE TABLE budgets (scope TEXT PRIMARY KEY, until REAL NOT NULL, tokens REAL NOT NULL, usd REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_by_end ON budgets (until) WHERE until < 9e999;
CREATE TABLE budget_holds (rid INTEGER NOT NULL, call TEXT NOT NULL, scope TEXT NOT NULL, tokens REAL NOT NULL, usd REAL NOT NULL, PRIMARY KEY (rid, call)) STRICT, WITHOUT ROWID;
CREATE INDEX budget_holds_by_scope ON budget_holds (scope);
`;

/** Queues for locks, in order of arrival; the first of each has the lock. taken: it knows that. */
export const LOCK_TABLES = `
CREATE TABLE locks (n INTEGER PRIMARY KEY, lock TEXT NOT NULL, rid INTEGER NOT NULL, path TEXT NOT NULL, taken INTEGER NOT NULL, UNIQUE (lock, rid, path)) STRICT;
CREATE INDEX locks_by_age ON locks (lock, n);
CREATE INDEX locks_untaken ON locks (lock, n) WHERE taken = 0;
`;

/** Bodies of messages that are stored apart from them. */
export const BODY_TABLES = `
CREATE TABLE bodies (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, until REAL NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX bodies_by_end ON bodies (until);
`;

/** Caches of what journals come to (I39): seq is of the last event that each knows. */
export const SNAPSHOT_TABLES = `
CREATE TABLE snapshots (rid INTEGER PRIMARY KEY, seq INTEGER NOT NULL, snapshot TEXT NOT NULL) STRICT;
`;

/** What a run came from that no topic brought. */
export const ORIGIN_TABLES = `
ALTER TABLE runs ADD COLUMN origin TEXT;
`;

/** Whether a run has messages that are not sent: retention asks it of each, and a broker may be away for a day. */
export const UNSENT_INDEX = `
CREATE INDEX outbox_by_run ON outbox (rid);
`;
