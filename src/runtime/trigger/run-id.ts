import { hash } from "node:crypto";
import type { Delivery } from "../../core/ports/bus.js";
import { type RunId, SHARDS, shardPrefix } from "../../core/run-id.js";
import { base32 } from "../run/base32.js";

/** I17: what a message is known by where nothing says more: its place, and the time, for a recreated topic begins again. */
export const messageId = ({ headers, topic, partition, offset, timestamp }: Delivery): string =>
  headers["flowctl-id"] ?? `${topic}/${partition}/${offset}@${timestamp}`;

/** What a run is known by where its trigger has no dedupe key. */
export const identityOf = (delivery: Delivery): string => (delivery.headers["flowctl-id"] === undefined ? messageId(delivery) : `${delivery.topic} ${messageId(delivery)}`);

/** How often the message was redriven from a dlq: 0 for one that came by itself. */
export function redrives({ headers }: Delivery): number {
  const text = headers["flowctl-redrive"];
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0;
}

/**
 * I11, I17. `key`: dedupe key, else what the message is known by. `lane`: all runs of a lane belong to one shard.
 * `again` counts runs of one key after its ttl, `redrive` those of one message that was redriven.
 */
export function runId(flow: string, key: string, lane: string | null, again: number, redrive: number): RunId {
  const parts = redrive === 0 ? `${flow}\n${key}\n${again}` : `${flow}\n${key}\n${again}\n${redrive}`;
  return shardPrefix(shardOfKey(flow, lane ?? key)) + base32(hash("sha256", parts, "buffer")).slice(0, 24);
}

function shardOfKey(flow: string, key: string): number {
  return fold(fold(0x811c9dc5, flow) ^ 10, key) % SHARDS;
}

/** FNV-1a. */
function fold(start: number, text: string): number {
  let value = start;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
