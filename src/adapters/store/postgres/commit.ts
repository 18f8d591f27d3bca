/**
 * A batch of items in one round trip and one transaction. Who appends holds its shards with a lock that others share, and
 * who takes a shard with one that nobody shares: an epoch that was looked at holds until the transaction ends (I16).
 * Queues (lanes, locks) are held alike, so that the order of arrival is that of the commits.
 */
export const COMMIT = `
CREATE FUNCTION tell(kind text, s int, name text, me text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- Nobody needs to be told but the shard's owner, and not by itself.
  IF EXISTS (SELECT 1 FROM shards WHERE shard = s AND owner IS NOT NULL AND owner IS DISTINCT FROM me) THEN
    PERFORM pg_notify('flowctl_' || current_schema(), json_build_array(kind, s, CASE WHEN octet_length(name) < 4000 THEN name END)::text);
  END IF;
END $$;

CREATE FUNCTION own_shard(s int, who text, unless_held boolean) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  e bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('flowctl shards ' || current_schema()), s);
  IF unless_held AND EXISTS (SELECT 1 FROM shards JOIN workers USING (owner) WHERE shard = s AND until > clock_timestamp()) THEN
    RETURN NULL;
  END IF;
  INSERT INTO shards (shard, epoch, owner) VALUES (s, 1, who)
    ON CONFLICT (shard) DO UPDATE SET epoch = shards.epoch + 1, owner = excluded.owner RETURNING epoch INTO e;
  RETURN e;
END $$;

-- Everybody else has to look at who holds what.
CREATE FUNCTION tell_shards() RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('flowctl_' || current_schema(), json_build_array('shards', 0, NULL)::text);
$$;

CREATE FUNCTION renew_lease(who text, ms float8) RETURNS TABLE (workers bigint, mine int[], free int[]) LANGUAGE plpgsql AS $$
DECLARE
  fresh boolean;
BEGIN
  fresh := NOT EXISTS (SELECT 1 FROM workers w WHERE w.owner = who AND w.until > clock_timestamp());
  INSERT INTO workers (owner, until) VALUES (who, clock_timestamp() + ms * interval '1 millisecond') ON CONFLICT (owner) DO UPDATE SET until = excluded.until;
  IF fresh THEN
    DELETE FROM workers w WHERE w.until < clock_timestamp() - interval '1 hour';
    PERFORM tell_shards();
  END IF;
  RETURN QUERY SELECT (SELECT count(*) FROM workers w WHERE w.until > clock_timestamp()),
    ARRAY(SELECT shard FROM shards s WHERE s.owner = who ORDER BY shard),
    ARRAY(SELECT n FROM generate_series(0, 63) AS n WHERE NOT EXISTS (SELECT 1 FROM shards s JOIN workers w ON w.owner = s.owner WHERE s.shard = n AND w.until > clock_timestamp()) ORDER BY n);
END $$;

CREATE FUNCTION release_shards(who text, which int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE shards SET owner = NULL WHERE owner = who AND (which IS NULL OR shard = ANY(which));
  IF which IS NULL THEN DELETE FROM workers WHERE owner = who; END IF;
  PERFORM tell_shards();
END $$;

CREATE FUNCTION put_row(n text, k text, v text, wanted text, any_row boolean, eff text, r text, at_ms float8, until_ms float8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  known text;
  verdict_now text;
BEGIN
  -- Of two that put one row one waits for the other, also where there is none yet.
  PERFORM pg_advisory_xact_lock(hashtext('flowctl rows ' || current_schema()), hashtext(n || ' ' || k));
  SELECT verdict INTO known FROM table_effects WHERE effect = eff;
  IF FOUND THEN RETURN known; END IF;
  IF any_row OR (SELECT value FROM table_rows WHERE name = n AND key = k AND until > at_ms) IS NOT DISTINCT FROM wanted THEN
    INSERT INTO table_rows (name, key, at, until, value) VALUES (n, k, at_ms, until_ms, v)
      ON CONFLICT (name, key) DO UPDATE SET at = excluded.at, until = excluded.until, value = excluded.value;
    verdict_now := 'ok';
  ELSE
    verdict_now := 'conflict';
  END IF;
  INSERT INTO table_effects (effect, rid, verdict) VALUES (eff, coalesce((SELECT rid FROM runs WHERE id = r), 0), verdict_now);
  -- More than it makes, so that they do not heap up.
  DELETE FROM table_rows WHERE (name, key) IN (SELECT name, key FROM table_rows WHERE until < 'Infinity' AND until <= at_ms LIMIT 100 FOR UPDATE SKIP LOCKED);
  RETURN verdict_now;
END $$;

-- One that a run is about to use again is not taken away.
CREATE FUNCTION drop_blobs() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('flowctl blobs ' || current_schema()), 0);
  DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM blob_runs WHERE blob_runs.hash = blobs.hash);
END $$;

CREATE FUNCTION commit_items(items jsonb, queues text[], me text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  results text[] := '{}';
  item jsonb; op jsonb; line jsonb;
  id_ text; expected int; last_ int; fence_shard int; fence_epoch bigint; shard_ int;
  rid_ bigint; head int;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('flowctl shards ' || current_schema()), s)
    FROM (SELECT DISTINCT (value->>'f')::int AS s FROM jsonb_array_elements(items) WHERE (value->>'f')::int >= 0 ORDER BY 1) AS fenced;
  PERFORM pg_advisory_xact_lock(hashtext('flowctl queues ' || current_schema()), k)
    FROM (SELECT DISTINCT hashtext(name) AS k FROM unnest(queues) AS name ORDER BY 1) AS held;
  FOR item IN SELECT value FROM jsonb_array_elements(items) LOOP
    id_ := item->>'r'; expected := (item->>'x')::int; last_ := (item->>'l')::int;
    fence_shard := (item->>'f')::int; fence_epoch := (item->>'p')::bigint; shard_ := (item->>'s')::int;
    line := item->'w'; rid_ := NULL;
    IF expected < 0 THEN
      INSERT INTO runs (id, shard, seq, flow, hash, admitted, state, finished, lane, waits, error, incident, driven, origin)
        SELECT id_, shard_, last_, line->>0, line->>1, (line->>2)::float8, line->>3, (line->>4)::float8, line->>5, line->>6, line->>7, (line->>8)::boolean, (line->>9)::boolean, line->>10
        WHERE NOT EXISTS (SELECT 1 FROM spent WHERE id = id_) AND (fence_shard < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = fence_shard AND epoch = fence_epoch))
        ON CONFLICT (id) DO NOTHING RETURNING rid INTO rid_;
      IF rid_ IS NOT NULL AND fence_shard < 0 THEN PERFORM tell('runs', shard_, id_, me); END IF;
    ELSIF line IS NULL THEN
      UPDATE runs SET seq = last_
        WHERE id = id_ AND seq = expected AND (fence_shard < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = fence_shard AND epoch = fence_epoch)) RETURNING rid INTO rid_;
    ELSE
      UPDATE runs SET seq = last_, flow = line->>0, hash = line->>1, admitted = (line->>2)::float8, state = line->>3, finished = (line->>4)::float8,
          lane = line->>5, waits = line->>6, error = line->>7, incident = (line->>8)::boolean, driven = (line->>9)::boolean
        WHERE id = id_ AND seq = expected AND (fence_shard < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = fence_shard AND epoch = fence_epoch)) RETURNING rid INTO rid_;
    END IF;

    IF rid_ IS NULL THEN
      results := results || CASE
        WHEN EXISTS (SELECT 1 FROM journal JOIN runs USING (rid) WHERE id = id_ AND journal.seq = expected + 1 AND entry = item->>'e') THEN 'ok'
        WHEN fence_shard < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = fence_shard AND epoch = fence_epoch) THEN 'conflict'
        ELSE 'fenced' END;
      CONTINUE;
    END IF;
    results := results || 'ok'::text;
    INSERT INTO journal (rid, seq, entry, events) VALUES (rid_, expected + 1, item->>'e', item->>'j');

    FOR op IN SELECT value FROM jsonb_array_elements(item->'b') LOOP
      PERFORM pg_advisory_xact_lock_shared(hashtext('flowctl blobs ' || current_schema()), 0);
      INSERT INTO blobs (hash, value) VALUES (op->>0, op->>1) ON CONFLICT DO NOTHING;
      INSERT INTO blob_runs (rid, hash) VALUES (rid_, op->>0) ON CONFLICT DO NOTHING;
    END LOOP;

    FOR op IN SELECT value FROM jsonb_array_elements(item->'o') LOOP
      CASE op->>0
        WHEN 'outbox.put' THEN
          INSERT INTO outbox (shard, rid, id, message) VALUES (shard_, rid_, op->>1, op->>2)
            ON CONFLICT (shard, id) DO UPDATE SET rid = excluded.rid, message = excluded.message;
        WHEN 'timer.put' THEN
          INSERT INTO timers (rid, path, shard, due) VALUES (rid_, op->>1, shard_, (op->>2)::float8) ON CONFLICT (rid, path) DO UPDATE SET due = excluded.due;
        WHEN 'timer.delete' THEN
          DELETE FROM timers WHERE rid = rid_ AND path = op->>1;
        WHEN 'lane.join' THEN
          INSERT INTO lanes (lane, rid) VALUES (op->>1, rid_) ON CONFLICT DO NOTHING;
        WHEN 'lane.leave' THEN
          DELETE FROM lanes WHERE lane = op->>1 AND rid = rid_;
          SELECT shard INTO head FROM lanes JOIN runs USING (rid) WHERE lanes.lane = op->>1 ORDER BY n LIMIT 1;
          IF FOUND THEN PERFORM tell('lane', head, op->>1, me); END IF;
        WHEN 'lock.join' THEN
          INSERT INTO locks (lock, rid, path, taken) VALUES (op->>1, rid_, op->>2, false) ON CONFLICT DO NOTHING;
        WHEN 'lock.take' THEN
          UPDATE locks SET taken = true WHERE lock = op->>1 AND rid = rid_ AND path = op->>2;
        WHEN 'lock.leave' THEN
          DELETE FROM locks WHERE lock = op->>1 AND rid = rid_ AND path = op->>2;
          SELECT shard INTO head FROM locks JOIN runs USING (rid) WHERE lock = op->>1 ORDER BY n LIMIT 1;
          IF FOUND THEN PERFORM tell('lock', head, op->>1, me); END IF;
        WHEN 'inbox.delete' THEN
          DELETE FROM inbox WHERE run = id_ AND id = op->>1;
        WHEN 'waiter.put' THEN
          INSERT INTO waiters (topic, key, rid, wait) VALUES (op->>1, op->>2, rid_, op->>3) ON CONFLICT DO NOTHING;
        WHEN 'waiter.delete' THEN
          DELETE FROM waiters WHERE rid = rid_ AND (op->>1 IS NULL OR wait = op->>1);
        WHEN 'budget.hold' THEN
          INSERT INTO budget_holds (rid, call, scope, tokens, usd) VALUES (rid_, op->>2, op->>1, (op->>4)::float8, (op->>5)::float8)
            ON CONFLICT (rid, call) DO UPDATE SET scope = excluded.scope, tokens = excluded.tokens, usd = excluded.usd;
        WHEN 'budget.settle' THEN
          DELETE FROM budget_holds WHERE rid = rid_ AND call = op->>2;
          INSERT INTO budgets (scope, until, tokens, usd) VALUES (op->>1, coalesce((op->>3)::float8, 'Infinity'), (op->>4)::float8, (op->>5)::float8)
            ON CONFLICT (scope) DO UPDATE SET tokens = budgets.tokens + excluded.tokens, usd = budgets.usd + excluded.usd;
      END CASE;
    END LOOP;
  END LOOP;
  RETURN results;
END $$;
`;
