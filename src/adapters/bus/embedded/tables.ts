/**
 * Messages lie in the order of publishing, which makes storing one an append; `position` is never used twice, nor is an
 * offset: what retention removed is remembered in `base` and `floor`.
 */
export const BUS_TABLES = `
  CREATE TABLE bus_topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    floor INTEGER NOT NULL DEFAULT 0          -- positions up to here were used when messages were last removed
  ) STRICT;
  CREATE TABLE bus_partitions (
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    base INTEGER NOT NULL,                    -- offsets below were removed
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE bus_messages (
    position INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,                  -- dense in its partition
    at INTEGER NOT NULL,                      -- ms since the epoch
    id TEXT NOT NULL,
    key TEXT,
    headers TEXT NOT NULL,                    -- JSON
    body TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX bus_messages_offset ON bus_messages (topic, partition, offset);
  CREATE TABLE bus_groups (
    topic INTEGER NOT NULL,
    name TEXT NOT NULL,
    partition INTEGER NOT NULL,
    committed INTEGER NOT NULL,               -- offsets below are acknowledged
    failures TEXT NOT NULL DEFAULT '[]',      -- JSON [offset, times][] of those that were given back
    PRIMARY KEY (topic, name, partition)
  ) STRICT, WITHOUT ROWID;
`;
