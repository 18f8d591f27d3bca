const COLUMNS = ["flow", "hash", "admitted", "state", "finished", "lane", "waits", "error", "incident", "driven"];
const ROW = COLUMNS.join(", ");

/**
 * Layout 5: a batch of items, each of another run, in sets. As in layout 1, which older processes go on with: one round
 * trip and one transaction; who appends holds its shards with a lock that others share, and who takes a shard with one that
 * nobody shares, so that an epoch which was looked at holds until the transaction ends (I16). Queues (lanes, locks) are
 * held by who joins or leaves them, so that the order of arrival is that of the commits.
 *
 * `n` is an item's place in the batch, from 1 on. `creates` and `advances` have the columns that their functions read;
 * `more`, what else belongs to an item: `o` its operations, `b` its large values.
 */
export const COMMIT_BATCH = `
CREATE FUNCTION create_runs(items json) RETURNS TABLE (n int, rid bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY WITH item AS MATERIALIZED (
    SELECT *, f < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = f AND epoch = p) AS may, EXISTS (SELECT 1 FROM spent WHERE spent.id = r) AS is_spent
      FROM json_to_recordset(items) AS i (n int, r text, s int, l int, e text, f int, p bigint, j text, flow text, hash text, admitted float8,
        state text, finished float8, lane text, waits text, error text, incident boolean, driven boolean, origin text)
  ), made AS (
    INSERT INTO runs (id, shard, seq, ${ROW}, origin)
      SELECT r, s, l, ${ROW}, origin FROM item WHERE may AND NOT is_spent ORDER BY item.n
      ON CONFLICT (id) DO NOTHING RETURNING runs.rid, runs.id
  ), written AS (
    INSERT INTO journal (rid, seq, entry, events) SELECT made.rid, 0, e, j FROM made JOIN item ON r = id
  )
  SELECT item.n, made.rid FROM made JOIN item ON r = id;
END $$;

-- A plan is kept, and may be made while the table is small: then each run is looked up by its id all the same.
CREATE FUNCTION advance_runs(items json) RETURNS TABLE (n int, rid bigint) LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY WITH item AS MATERIALIZED (
    SELECT *, f < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = f AND epoch = p) AS may
      FROM json_to_recordset(items) AS i (n int, r text, x int, l int, e text, f int, p bigint, j text, w boolean, flow text, hash text, admitted float8,
        state text, finished float8, lane text, waits text, error text, incident boolean, driven boolean)
  ), moved AS (
    UPDATE runs SET seq = item.l, ${COLUMNS.map((name) => `${name} = CASE WHEN item.w THEN item.${name} ELSE runs.${name} END`).join(", ")}
      FROM item WHERE runs.id = item.r AND runs.seq = item.x AND item.may RETURNING item.n, runs.rid, item.x, item.e, item.j
  ), written AS (
    INSERT INTO journal (rid, seq, entry, events) SELECT moved.rid, x + 1, e, j FROM moved
  )
  SELECT moved.n, moved.rid FROM moved;
END $$;

CREATE FUNCTION commit_batch(size int, creates json, advances json, more jsonb, fences int[], queues text[], me text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  results text[] := array_fill('ok'::text, ARRAY[size]);
  rids bigint[] := array_fill(NULL::bigint, ARRAY[size]);
  taken int := 0;
  one record; op jsonb; head int;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('flowctl shards ' || current_schema()), s) FROM (SELECT DISTINCT s FROM unnest(fences) AS s ORDER BY 1) AS fenced;
  PERFORM pg_advisory_xact_lock(hashtext('flowctl queues ' || current_schema()), k) FROM (SELECT DISTINCT hashtext(name) AS k FROM unnest(queues) AS name ORDER BY 1) AS held;
  IF json_array_length(creates) > 0 THEN
    FOR one IN SELECT * FROM create_runs(creates) LOOP rids[one.n] := one.rid; taken := taken + 1; END LOOP;
    FOR one IN SELECT * FROM json_to_recordset(creates) AS i (n int, r text, s int, f int) WHERE f < 0 LOOP
      IF rids[one.n] IS NOT NULL THEN PERFORM tell('runs', one.s, one.r, me); END IF;
    END LOOP;
  END IF;
  IF json_array_length(advances) > 0 THEN
    FOR one IN SELECT * FROM advance_runs(advances) LOOP rids[one.n] := one.rid; taken := taken + 1; END LOOP;
  END IF;
  IF taken < size THEN
    FOR one IN
      SELECT n, r, -1 AS x, e, f, p FROM json_to_recordset(creates) AS i (n int, r text, e text, f int, p bigint)
      UNION ALL SELECT n, r, x, e, f, p FROM json_to_recordset(advances) AS i (n int, r text, x int, e text, f int, p bigint)
    LOOP
      IF rids[one.n] IS NULL THEN
        results[one.n] := CASE
          WHEN EXISTS (SELECT 1 FROM journal WHERE rid = (SELECT rid FROM runs WHERE id = one.r) AND seq = one.x + 1 AND entry = one.e) THEN 'ok'
          WHEN one.f < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = one.f AND epoch = one.p) THEN 'conflict'
          ELSE 'fenced' END;
      END IF;
    END LOOP;
  END IF;
  FOR one IN
    SELECT rids[(value->>'n')::int] AS rid, value->>'r' AS run, (value->>'s')::int AS shard, value->'o' AS ops, value->'b' AS large FROM jsonb_array_elements(more)
  LOOP
    CONTINUE WHEN one.rid IS NULL;
    FOR op IN SELECT value FROM jsonb_array_elements(one.large) LOOP
      PERFORM pg_advisory_xact_lock_shared(hashtext('flowctl blobs ' || current_schema()), 0);
      INSERT INTO blobs (hash, value) VALUES (op->>0, op->>1) ON CONFLICT DO NOTHING;
      INSERT INTO blob_runs (rid, hash) VALUES (one.rid, op->>0) ON CONFLICT DO NOTHING;
    END LOOP;
    FOR op IN SELECT value FROM jsonb_array_elements(one.ops) LOOP
      CASE op->>0
        WHEN 'outbox.put' THEN
          INSERT INTO outbox (shard, rid, id, message) VALUES (one.shard, one.rid, op->>1, op->>2)
            ON CONFLICT (shard, id) DO UPDATE SET rid = excluded.rid, message = excluded.message;
        WHEN 'timer.put' THEN
          INSERT INTO timers (rid, path, shard, due) VALUES (one.rid, op->>1, one.shard, (op->>2)::float8) ON CONFLICT (rid, path) DO UPDATE SET due = excluded.due;
        WHEN 'timer.delete' THEN
          DELETE FROM timers WHERE rid = one.rid AND path = op->>1;
        WHEN 'lane.join' THEN
          INSERT INTO lanes (lane, rid) VALUES (op->>1, one.rid) ON CONFLICT DO NOTHING;
        WHEN 'lane.leave' THEN
          DELETE FROM lanes WHERE lane = op->>1 AND rid = one.rid;
          SELECT shard INTO head FROM lanes JOIN runs USING (rid) WHERE lanes.lane = op->>1 ORDER BY n LIMIT 1;
          IF FOUND THEN PERFORM tell('lane', head, op->>1, me); END IF;
        WHEN 'lock.join' THEN
          INSERT INTO locks (lock, rid, path, taken) VALUES (op->>1, one.rid, op->>2, false) ON CONFLICT DO NOTHING;
        WHEN 'lock.take' THEN
          UPDATE locks SET taken = true WHERE lock = op->>1 AND rid = one.rid AND path = op->>2;
        WHEN 'lock.leave' THEN
          DELETE FROM locks WHERE lock = op->>1 AND rid = one.rid AND path = op->>2;
          SELECT shard INTO head FROM locks JOIN runs USING (rid) WHERE lock = op->>1 ORDER BY n LIMIT 1;
          IF FOUND THEN PERFORM tell('lock', head, op->>1, me); END IF;
        WHEN 'inbox.delete' THEN
          DELETE FROM inbox WHERE run = one.run AND id = op->>1;
        WHEN 'waiter.put' THEN
          INSERT INTO waiters (topic, key, rid, wait) VALUES (op->>1, op->>2, one.rid, op->>3) ON CONFLICT DO NOTHING;
        WHEN 'waiter.delete' THEN
          DELETE FROM waiters WHERE rid = one.rid AND (op->>1 IS NULL OR wait = op->>1);
        WHEN 'budget.hold' THEN
          INSERT INTO budget_holds (rid, call, scope, tokens, usd) VALUES (one.rid, op->>2, op->>1, (op->>4)::float8, (op->>5)::float8)
            ON CONFLICT (rid, call) DO UPDATE SET scope = excluded.scope, tokens = excluded.tokens, usd = excluded.usd;
        WHEN 'budget.settle' THEN
          DELETE FROM budget_holds WHERE rid = one.rid AND call = op->>2;
          INSERT INTO budgets (scope, until, tokens, usd) VALUES (op->>1, coalesce((op->>3)::float8, 'Infinity'), (op->>4)::float8, (op->>5)::float8)
            ON CONFLICT (scope) DO UPDATE SET tokens = budgets.tokens + excluded.tokens, usd = budgets.usd + excluded.usd;
      END CASE;
    END LOOP;
  END LOOP;
  RETURN results;
END $$;
`;

/**
 * Layout 7. A plan is kept, and may be made while there are a few timers, waits or messages: when a service is away there
 * are a hundred thousand soon, and until the server has counted them anew each step of a commit would read them all.
 */
export const BY_INDEX = `
ALTER FUNCTION commit_batch(int, json, json, jsonb, int[], text[], text) SET enable_seqscan = off;
`;
