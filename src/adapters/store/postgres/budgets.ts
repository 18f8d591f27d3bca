/**
 * Layout 4: budgets over runs of several processes (I36). Who decides about a sum waits for the others that do. What is
 * held back for a call that never began counts until its run has ended; all other holds are settled by then.
 */
export const BUDGETS = `
CREATE FUNCTION reserve_budget(id_ text, s int, e bigint, call_ text, scope_ text, t float8, u float8, most_t float8, most_u float8, OUT held boolean, OUT tokens float8, OUT usd float8) LANGUAGE plpgsql AS $$
DECLARE
  rid_ bigint;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('flowctl shards ' || current_schema()), s);
  SELECT rid INTO rid_ FROM runs WHERE id = id_ AND EXISTS (SELECT 1 FROM shards WHERE shard = s AND epoch = e);
  -- held is NULL: another process has the shard.
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('flowctl budgets ' || current_schema()), hashtext(scope_));
  SELECT coalesce(sum(used.tokens), 0), coalesce(sum(used.usd), 0) INTO reserve_budget.tokens, reserve_budget.usd FROM (
    SELECT b.tokens, b.usd FROM budgets AS b WHERE b.scope = scope_
    UNION ALL SELECT h.tokens, h.usd FROM budget_holds AS h JOIN runs AS r USING (rid) WHERE h.scope = scope_ AND r.finished IS NULL AND NOT (h.rid = rid_ AND h.call = call_)) AS used;
  held := reserve_budget.tokens + t <= most_t AND reserve_budget.usd + u <= most_u;
  IF held THEN
    INSERT INTO budget_holds AS h (rid, call, scope, tokens, usd) VALUES (rid_, call_, scope_, t, u)
      ON CONFLICT (rid, call) DO UPDATE SET scope = excluded.scope, tokens = excluded.tokens, usd = excluded.usd;
  ELSE
    DELETE FROM budget_holds AS h WHERE h.rid = rid_ AND h.call = call_;
  END IF;
END $$;
`;
