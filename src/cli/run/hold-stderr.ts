/** So much is kept; what comes first is dropped. */
const MOST_BYTES = 1_000_000;

/** Keeps what is written to stderr until the result is called: lines between its frames would break a terminal UI. */
export function holdStderr(): () => void {
  const { stderr } = process;
  const write = stderr.write.bind(stderr);
  let held = "";
  stderr.write = (chunk: string | Uint8Array, encoding?: unknown, done?: () => void): boolean => {
    held = (held + (typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk))).slice(-MOST_BYTES);
    const written = typeof encoding === "function" ? encoding : done;
    if (written !== undefined) process.nextTick(written);
    return true;
  };
  return () => {
    stderr.write = write;
    if (held !== "") stderr.write(held);
  };
}
