/** shard (2 characters) + base32(sha256(flow, K, n)), 26 characters in all (I11, I17). */
export type RunId = string;
/** Ids joined by `/`, with `[i]` map index, `#i` loop iteration, `~m` model call, `~m.c` tool call, `!undo` (I6). */
export type Path = string;
