/**
 * Layout 6, of layout 5's `create_runs`: I17 also of a run that is being pruned at this moment. An insert that waits for
 * the pruning transaction sees as it began, before its mark; the next statement sees the mark. It is the only look at
 * marks, so that it costs no more than one before. Plans are kept, and may be made while there are few marks: they are
 * looked up by their ids all the same.
 */
export const SPENT_IDS = `
CREATE OR REPLACE FUNCTION create_runs(items json) RETURNS TABLE (n int, rid bigint) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  ns int[]; rids bigint[]; ids text[]; spent_ids text[];
BEGIN
  WITH item AS MATERIALIZED (
    SELECT *, f < 0 OR EXISTS (SELECT 1 FROM shards WHERE shard = f AND epoch = p) AS may
      FROM json_to_recordset(items) AS i (n int, r text, s int, l int, e text, f int, p bigint, j text, flow text, hash text, admitted float8,
        state text, finished float8, lane text, waits text, error text, incident boolean, driven boolean, origin text)
  ), made AS (
    INSERT INTO runs (id, shard, seq, flow, hash, admitted, state, finished, lane, waits, error, incident, driven, origin)
      SELECT r, s, l, flow, hash, admitted, state, finished, lane, waits, error, incident, driven, origin FROM item WHERE may ORDER BY item.n
      ON CONFLICT (id) DO NOTHING RETURNING runs.rid, runs.id
  ), written AS (
    INSERT INTO journal (rid, seq, entry, events) SELECT made.rid, 0, e, j FROM made JOIN item ON r = id
  )
  SELECT array_agg(item.n), array_agg(made.rid), array_agg(made.id) INTO ns, rids, ids FROM made JOIN item ON r = id;
  spent_ids := ARRAY(SELECT spent.id FROM spent WHERE spent.id = ANY(ids));
  IF spent_ids <> '{}' THEN
    DELETE FROM journal USING runs WHERE journal.rid = runs.rid AND runs.id = ANY(spent_ids);
    DELETE FROM runs WHERE runs.id = ANY(spent_ids);
  END IF;
  RETURN QUERY SELECT made.n, made.rid FROM unnest(ns, rids, ids) AS made (n, rid, id) WHERE made.id <> ALL(spent_ids);
END $$;
`;
