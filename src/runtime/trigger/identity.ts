import { hash } from "node:crypto";
import type { Delivery } from "../../core/ports/bus.js";
import { REDRIVE_AT } from "../../core/redrive-headers.js";
import { SHARDS, shardPrefix, type RunId } from "../../core/run-id.js";
import { base32 } from "../run/base32.js";

/** What makes two messages the same one (I17): K. */
export type Identity = string;

export const byDedupeKey = (key: string): Identity => `key\n${key}`;

/**
 * Without a dedupe key: the id that its sender gave it, else its place with the broker's timestamp, because a topic that
 * is made anew starts its offsets again. A redriven message says the place that it had first.
 */
export function byMessage({ topic, partition, offset, timestamp, headers, event }: Delivery): Identity {
  // A CloudEvent is one by its source and id, whoever sends it and how often.
  if (event !== undefined) return `event\n${topic}\n${event["source"]}\n${event["id"]}`;
  const { "flowctl-id": id, [REDRIVE_AT]: at } = headers;
  if (at !== undefined) return `at\n${at}`;
  return id === undefined ? `at\n${topic}/${partition}/${offset}@${timestamp}` : `id\n${topic}\n${id}`;
}

/**
 * It is one by its place alone, and comes for the first time: no run of it can be there. A broker that forgets how often
 * a message came says so each time: then a run may read again what another one has read (I21).
 */
export const isNew = ({ headers, event, attempt }: Delivery): boolean => attempt === 1 && event === undefined && headers["flowctl-id"] === undefined && headers[REDRIVE_AT] === undefined;

/** A tick of one schedule; others of the flow may tick at the same time. */
export const byTick = (cron: string, zone: string, time: number): Identity => `tick\n${cron} ${zone}\n${time}`;

/** A request, by what its caller called it or by an id that nobody else has. */
export const byRequest = (method: string, path: string, id: string, own: boolean): Identity => `${own ? "request" : "key"}\n${method} ${path}\n${id}`;

/** What a message is called in `meta.id` and in `source`. */
export const messageId = ({ topic, partition, offset, headers, event }: Delivery): string => event?.["id"] ?? headers["flowctl-id"] ?? `${topic}/${partition}/${offset}`;

/**
 * I11, I17: shard + base32(sha256(flow, K, n)), 26 characters. `n` counts runs of one key whose dedupe time is over,
 * `redrive` those of one message. The lane is no part of it: one key is one run, whichever lane it would wait in.
 */
export function runIdOf(flow: string, identity: Identity, n: number, redrive: number): RunId {
  const digest = hash("sha256", `${flow}\n${n}\n${redrive}\n${identity}`, "binary");
  return shardPrefix(digest.charCodeAt(31) % SHARDS) + base32(digest, 24);
}
