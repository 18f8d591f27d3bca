import type { RunId } from "../../core/run-id.js";
import type { Shards } from "./shards.js";

/** With one shard of 64 the chance that none of them is its own is below 1e-6. */
const TRIES = 1000;

/** An id that nobody else has is made for a shard of this process, where it has one: its run begins here at once. */
export function ownedId({ owns }: Pick<Shards, "owns">, make: () => RunId): RunId {
  let id = make();
  for (let more = TRIES; more > 0 && !owns(id); more -= 1) id = make();
  return id;
}
