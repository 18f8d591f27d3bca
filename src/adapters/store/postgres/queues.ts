/**
 * Layout 3: processes that share some shards only. A queue has 16 of its own behind the 64 of all other runs, and a
 * process says which pools it shares, each by its first shard.
 */
export const QUEUES = `
ALTER TABLE workers ADD COLUMN pools int[] NOT NULL DEFAULT '{0}';
CREATE TABLE queues (name text COLLATE "C" PRIMARY KEY, first int NOT NULL UNIQUE);

-- NULL: there is no place for one more.
CREATE FUNCTION queue_pool(q text, most int, OUT first int, OUT workers bigint) LANGUAGE plpgsql AS $$
BEGIN
  SELECT queues.first INTO first FROM queues WHERE name = q;
  IF NOT FOUND THEN
    PERFORM pg_advisory_xact_lock(hashtext('flowctl pools ' || current_schema()), 0);
    INSERT INTO queues (name, first) SELECT q, n FROM (SELECT coalesce(max(queues.first) + 16, 64) AS n FROM queues) AS next WHERE n < most
      ON CONFLICT (name) DO NOTHING;
    SELECT queues.first INTO first FROM queues WHERE name = q;
  END IF;
  SELECT count(*) INTO workers FROM workers AS w WHERE w.until > clock_timestamp() AND queue_pool.first = ANY(w.pools);
END $$;

CREATE FUNCTION renew_share(who text, ms float8, serves int[]) RETURNS TABLE (mine int[], workers int[], free int[]) LANGUAGE plpgsql AS $$
DECLARE
  fresh boolean;
BEGIN
  fresh := NOT EXISTS (SELECT 1 FROM workers AS w WHERE w.owner = who AND w.until > clock_timestamp() AND w.pools = serves);
  INSERT INTO workers AS w (owner, until, pools) VALUES (who, clock_timestamp() + ms * interval '1 millisecond', serves)
    ON CONFLICT (owner) DO UPDATE SET until = excluded.until, pools = excluded.pools;
  IF fresh THEN
    DELETE FROM workers AS w WHERE w.until < clock_timestamp() - interval '1 hour';
    PERFORM tell_shards();
  END IF;
  RETURN QUERY SELECT
    ARRAY(SELECT shard FROM shards AS s WHERE s.owner = who ORDER BY shard),
    ARRAY(SELECT (SELECT count(*) FROM workers AS w WHERE w.until > clock_timestamp() AND p = ANY(w.pools))::int FROM unnest(serves) WITH ORDINALITY AS asked (p, at) ORDER BY at),
    ARRAY(SELECT n FROM unnest(serves) AS p, generate_series(p, p + CASE WHEN p = 0 THEN 63 ELSE 15 END) AS n
      WHERE NOT EXISTS (SELECT 1 FROM shards AS s JOIN workers AS w ON w.owner = s.owner WHERE s.shard = n AND w.until > clock_timestamp()) ORDER BY n);
END $$;
`;
