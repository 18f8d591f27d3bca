/** Layout 7, beside layout 1's, which takes all at once: a run that is about to use one again waits for whoever takes some away. */
export const DROP_BLOBS = `
CREATE FUNCTION drop_blobs(hashes text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('flowctl blobs ' || current_schema()), 0);
  DELETE FROM blobs WHERE hash = ANY(hashes) AND NOT EXISTS (SELECT 1 FROM blob_runs WHERE blob_runs.hash = blobs.hash);
END $$;
`;
