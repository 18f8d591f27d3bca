import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { MAKES_TOPICS } from "../../core/broker.js";
import type { Clock } from "../../core/ports/clock.js";
import { PATIENCE_MS } from "./away.js";
import { bucketMade, LEASES, leaseSubject, putLease, storedLease, type LeaseRecord, type Place, type Read } from "./lease-records.js";
import type { StoodBy } from "./stood.js";
import { isNotFound } from "./streams.js";

/** I11: renewed so often, taken over when the same record was seen for so long, and nothing is done so long after the last renewal. */
const RENEW_MS = 3000;
const TTL_MS = 10_000;
const FENCE_MS = 7000;
const LOOK_MS = 500;
const TIMEOUT_MS = 2000;

/** Who of a group reads a topic, and from where: one record, changed by compare-and-set alone. */
export interface Lease {
  /** Whether this member may act now. */
  isHeld(): boolean;
  /** Resolves when it is stored; false: somebody else has it. */
  save(read: Read): Promise<boolean>;
  position(): Promise<number>;
  /** Where the stream was made anew, or has lost what was read, this turn is over, and one begins there. Rejects when there is no stream. */
  check(read: Read): Promise<void>;
  /** Gives it to whoever looks next; null: nothing was read since it was saved. */
  release(read: Read | null): Promise<void>;
}

interface LeaseOf {
  readonly group: string;
  readonly topic: string;
  readonly owner: string;
  readonly stood: StoodBy;
  /** Where the group goes on; null: it has never read. */
  place(record: LeaseRecord | null): Promise<Place>;
}
interface Hooks {
  taken(from: Read): void;
  lost(): void;
  /** It is still held: what was not read because nobody knew that may be. */
  confirmed(): void;
  /** Nobody can have it for a while: what holds it is not there. */
  missing(reason: Error): void;
}

export async function contendForLease(nc: NatsConnection, jsm: JetStreamManager, clock: Clock, { group, topic, owner, stood, place }: LeaseOf, hooks: Hooks): Promise<Lease> {
  const subject = leaseSubject(group, topic);
  let revision = 0;
  let seenAt = clock.monotonic();
  let held = false;
  let confirmedAt = 0;
  let wanted: Read = { position: 0, at: null };
  let created = "";
  let bucket = "";
  let closed = false;
  let missingSince: number | null = null;
  let cancel = (): void => undefined;
  let writing: Promise<boolean> | null = null;
  let queued: Promise<boolean> | null = null;

  async function look(): Promise<LeaseRecord | null> {
    const stored = await storedLease(jsm, subject);
    if (stored.revision !== revision) {
      ({ revision } = stored);
      seenAt = clock.monotonic();
    }
    return stored.record;
  }
  async function put(record: Omit<LeaseRecord, "group" | "topic">, expected: number): Promise<boolean> {
    const stored = await putLease(nc, { group, topic, ...record }, expected, TIMEOUT_MS);
    if (stored !== null) revision = stored;
    return stored !== null;
  }

  /** A record that was deleted, and a bucket that was made anew, do not know where the group stands, whatever that one says. */
  async function remembered(record: LeaseRecord | null): Promise<LeaseRecord | null> {
    bucket = await bucketMade(jsm);
    const known = stood.get(subject);
    if (known === undefined || (known.bucket === bucket && record !== null)) return record;
    if (record?.created === known.created && record.position <= known.position) return record;
    return { group, topic, owner: null, position: known.position, created: known.created, at: known.at ?? null };
  }

  function take({ position, at, created: of }: Place): void {
    held = true;
    wanted = { position, at };
    created = of;
    stood.set(subject, { bucket, position, at, created });
    confirmedAt = clock.monotonic();
    hooks.taken(wanted);
  }
  function lose(): void {
    if (!held) return;
    held = false;
    seenAt = clock.monotonic();
    hooks.lost();
  }
  async function contend(): Promise<void> {
    const record = await look();
    if (record !== null && record.owner !== null && record.owner !== owner && clock.monotonic() - seenAt < TTL_MS) {
      const { position, at = null, created: of } = record;
      if (of !== undefined) stood.set(subject, { bucket: stood.get(subject)?.bucket ?? bucket, position, at, created: of });
      return;
    }
    const from = await place(await remembered(record));
    if (!(await put({ owner, ...from }, revision))) return;
    if (closed) await put({ owner: null, ...from }, revision);
    else take(from);
  }

  /** What was asked for while one write is under way is one write after it. */
  function save(): Promise<boolean> {
    if (writing === null) return (writing = write().finally(() => (writing = null)));
    return (queued ??= writing.catch(() => false).then(() => {
      queued = null;
      return save();
    }));
  }
  async function write(): Promise<boolean> {
    if (!held) return false;
    const began = clock.monotonic();
    const read = wanted;
    try {
      if (await put({ owner, ...read, created }, revision)) {
        stood.set(subject, { bucket, ...read, created });
        confirmedAt = began;
        hooks.confirmed();
        return true;
      }
    } catch (error) {
      // It may be stored all the same: the record says who has it.
      const record = await look();
      if (record?.owner !== owner) lose();
      throw error;
    }
    lose();
    return false;
  }

  async function turn(): Promise<void> {
    try {
      if (!held) await contend();
      else if (clock.monotonic() - confirmedAt > FENCE_MS) lose();
      else if (clock.monotonic() - confirmedAt > RENEW_MS) await save();
      missingSince = null;
    } catch (error) {
      // The server is away: looked at again; who holds it stops by itself.
      missingSince = isNotFound(error) ? (missingSince ?? clock.monotonic()) : null;
      if (missingSince !== null && clock.monotonic() - missingSince > PATIENCE_MS) hooks.missing(new Error(`the bucket \`${LEASES.slice(3)}\` is not there, or the stream: ${MAKES_TOPICS}`));
    }
    if (!closed) cancel = clock.after(LOOK_MS, () => void turn());
  }

  // The record is there when this resolves, so that a group knows from then on where it is.
  const first = await look();
  const known = await remembered(first);
  if (first === null) await put({ owner: null, ...(await place(known)) }, revision);
  await turn();

  return {
    isHeld: () => held && clock.monotonic() - confirmedAt <= FENCE_MS,
    save(read) {
      wanted = further(wanted, read);
      return save();
    },
    position: async () => (await place(await look())).position,
    async check(read) {
      const now = await place({ group, topic, owner, ...read, created });
      if (now.created !== created || now.position < read.position) lose();
    },
    async release(read) {
      closed = true;
      cancel();
      await writing?.catch(() => false);
      if (!held) return;
      held = false;
      await put({ owner: null, ...further(wanted, read ?? wanted), created }, revision);
    },
  };
}

const further = (one: Read, other: Read): Read => (other.position > one.position ? other : one);
