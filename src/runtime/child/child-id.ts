import { hash } from "node:crypto";
import { type Path, type RunId, SHARDS, shardPrefix } from "../../core/run-id.js";
import { base32 } from "../run/base32.js";

const ALL: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

/** I25: a step starts one run, however often it is asked to. `shards`: those of its queue's workers. */
export function childRunId(parent: RunId, path: Path, shards: readonly number[] = ALL): RunId {
  const digest = hash("sha256", `child\n${parent}\n${path}`, "binary");
  return shardPrefix(shards[digest.charCodeAt(31) % shards.length] ?? 0) + base32(digest, 24);
}
