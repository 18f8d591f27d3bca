import { JetStreamApiCodes, JetStreamApiError, jetstream, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { groupName } from "./names.js";
import { lastUntil } from "./reader-consumer.js";
import { isNotFound } from "./streams.js";

/** A key-value bucket, so that the nats command shows it: `nats kv get flowctl_groups …`. */
export const LEASES = "KV_flowctl_groups";
export const LEASE_SUBJECTS = "$KV.flowctl_groups";

/** Who of an ordered group reads a topic, and from where. */
export interface LeaseRecord {
  readonly group: string;
  readonly topic: string;
  /** Null: nobody has it. */
  readonly owner: string | null;
  /** The last message of the stream up to which everything is acknowledged. */
  readonly position: number;
  /** When that stream was made: one made anew under its name counts from 1 again. Absent: written by an older process. */
  readonly created?: string;
  /** When that message came, ms since the epoch; null or absent: not known. */
  readonly at?: number | null;
}

export async function leaseRecords(jsm: JetStreamManager): Promise<readonly LeaseRecord[]> {
  const subjects = await leaseSubjects(jsm);
  const stored = await Promise.all((subjects ?? []).map((subject) => storedLease(jsm, subject)));
  return stored.flatMap(({ record }) => record ?? []);
}

/** Without a record the revision is that of the mark which its deletion left behind (`nats kv del`), or 0. */
export async function storedLease(jsm: JetStreamManager, last_by_subj: string): Promise<{ readonly record: LeaseRecord | null; readonly revision: number }> {
  const stored = await jsm.streams.getMessage(LEASES, { last_by_subj });
  return { record: stored === null || stored.data.length === 0 ? null : stored.json<LeaseRecord>(), revision: stored?.seq ?? 0 };
}

export const leaseSubject = (group: string, topic: string): string => `${LEASE_SUBJECTS}.${groupName(group, topic)}`;

/** In a stream with replicas the server has a word of its own for what it refuses while another change is on its way to them. */
const CHANGED: ReadonlySet<number> = new Set([JetStreamApiCodes.StreamWrongLastSequence, JetStreamApiCodes.StreamWrongLastSequenceUnknown]);

/** The record's new revision; null: somebody else has changed it since. */
export async function putLease(nc: NatsConnection, record: LeaseRecord, expected: number, timeout: number): Promise<number | null> {
  try {
    return (await jetstream(nc, { timeout }).publish(leaseSubject(record.group, record.topic), JSON.stringify(record), { expect: { lastSubjectSequence: expected } })).seq;
  } catch (error) {
    if (error instanceof JetStreamApiError && CHANGED.has(error.code)) return null;
    throw error;
  }
}

/** The last message up to which everything was read, and when it came, ms since the epoch; null: not known. */
export interface Read {
  readonly position: number;
  readonly at: number | null;
}
export type Place = Read & { readonly created: string };

/**
 * Where a group goes on; without a record it has never read. A server that lost power may have lost a stream's end and
 * kept the record: what came later has numbers again that were read, and is known by its time.
 */
export async function placeOf(jsm: JetStreamManager, stream: string, topic: string, from: "latest" | "earliest", record: LeaseRecord | null): Promise<Place> {
  const info = await jsm.streams.info(stream);
  const { created, state } = info;
  if (record === null) return from === "latest" ? { created, position: state.last_seq, at: state.last_seq === 0 ? null : Date.parse(state.last_ts) } : { created, position: 0, at: null };
  const position = positionIn(info, record);
  const at = record.at ?? null;
  if (position === 0 || at === null) return { created, position, at: null };
  return { created, position: Math.min(position, await lastUntil(jsm, stream, topic, at)), at };
}

/** A stream that was made anew is read from its beginning. */
export function positionIn({ created, state }: Pick<StreamInfo, "created"> & { readonly state: Pick<StreamInfo["state"], "last_seq"> }, record: LeaseRecord): number {
  const same = record.created === undefined ? record.position <= state.last_seq : record.created === created;
  return same ? Math.min(record.position, state.last_seq) : 0;
}

/** When the bucket was made. Rejects where there is none. */
export const bucketMade = async (jsm: JetStreamManager): Promise<string> => (await jsm.streams.info(LEASES)).created;

export const hasLeases = async (jsm: JetStreamManager): Promise<boolean> => (await leaseSubjects(jsm)) !== null;

/** Null: there is no bucket. */
async function leaseSubjects(jsm: JetStreamManager): Promise<readonly string[] | null> {
  try {
    const { state } = await jsm.streams.info(LEASES, { subjects_filter: `${LEASE_SUBJECTS}.>` });
    return Object.keys(state.subjects ?? {});
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
