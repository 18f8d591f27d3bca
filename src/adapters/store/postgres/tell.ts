/**
 * Layout 6, of layout 1's `tell`. Of a shard that is nobody's all are told: who takes it before this is committed has
 * looked by then, and found nothing. A notice has room for 7,999 bytes; without a name all of its kind are looked at.
 */
export const TELL = `
CREATE OR REPLACE FUNCTION tell(kind text, s int, name text, me text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  notice text := json_build_array(kind, s, name)::text;
BEGIN
  IF EXISTS (SELECT 1 FROM shards WHERE shard = s AND owner = me) THEN RETURN; END IF;
  PERFORM pg_notify('flowctl_' || current_schema(), CASE WHEN octet_length(notice) < 8000 THEN notice ELSE json_build_array(kind, s, NULL)::text END);
END $$;
`;
