import { hash } from "node:crypto";
import { type Path, type RunId, SHARDS, shardPrefix } from "../../core/run-id.js";
import { base32 } from "../run/base32.js";

/** I25: a step starts one run, however often it is asked to. */
export function childRunId(parent: RunId, path: Path): RunId {
  const digest = hash("sha256", `child\n${parent}\n${path}`, "binary");
  return shardPrefix(digest.charCodeAt(31) % SHARDS) + base32(digest, 24);
}
