import { createInbox, InvalidArgumentError, type Msg, type NatsConnection, PermissionViolationError, type Subscription } from "@nats-io/transport-node";
import { MAKES_TOPICS } from "../../core/broker.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { endCall, type Unstored } from "../bus/publication.js";
import type { Link } from "./link.js";
import { headersOf, sizeOf, wellFormed } from "./message.js";
import { answerOf } from "./publish-answer.js";
import type { Streams } from "./streams.js";

/** Under way at once; the server drops what comes faster than it can keep. */
const WINDOW = 1000;
const WINDOW_BYTES = 8 * 1024 * 1024;
/** A publication that nobody acknowledges in this time is unknown, and repeated under its id. */
const ACK_MS = 5000;
/** So long without a success, of all or of one topic, and the calls are rejected: who called knows how to wait. */
const PATIENCE_MS = 5000;
const AGAIN_MS = 100;
const SILENT = "the server does not answer";

interface Call extends Unstored {
  left: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
interface Entry {
  readonly message: Outgoing;
  readonly call: Call;
  /** In the order of the calls. */
  readonly order: number;
  /** One at a time within it; null: pipelined. */
  readonly lane: string | null;
  readonly size: number;
  sentAt: number;
}

export interface Publisher {
  publish(messages: readonly Outgoing[]): Promise<void>;
  close(): void;
}

/**
 * Publishes without waiting for each answer, and matches answers to messages by their inbox. A stream on one server
 * takes what one connection sends in its order, so everything goes at once; on several a leader may change in between,
 * and one that discards the new refuses what it has no room for, so that a key waits for its last message (I22). What fails goes again, in order, when nothing else is under way.
 */
export function createPublisher(nc: NatsConnection, link: Link, streams: Streams, clock: Clock): Publisher {
  const inbox = `${createInbox()}.`;
  const flying = new Map<string, Entry>();
  let queue: Entry[] = [];
  let next = 0;
  /** Entries that wait behind one of their lane. */
  const lanes = new Map<string, Entry[]>();
  let failed: Entry[] = [];
  let bytes = 0;
  let token = 0;
  let order = 0;
  let stumbled = false;
  let lastSuccess = clock.monotonic();
  let lastReason = SILENT;
  let tail: Promise<void> = Promise.resolve();
  let sweep: (() => void) | null = null;
  let closed = false;
  /** Topics that have failed since their last success: when that began, and why. */
  const failing = new Map<string, { readonly since: number; readonly reason: string }>();

  const listen = (): Subscription => nc.subscribe(`${inbox}*`, { callback: (error, msg) => void (error === null && settle(msg)) });
  let answers = listen();
  const unwatch = link.watch(
    (up) => {
      if (up) return start();
      lastReason = "the connection was lost";
      for (const key of flying.keys()) fail(key);
    },
    // A message that this user may not publish has no other answer.
    (error) => {
      lastReason = error.message;
      if (error instanceof PermissionViolationError && error.operation === "publish") hold(error.subject, "this user may not publish there");
    },
  );

  function settle(msg: Msg): void {
    const key = msg.subject.slice(inbox.length);
    const entry = flying.get(key);
    if (entry === undefined) return;
    const answer = answerOf(msg, entry.message.topic);
    if (answer.is === "again") {
      lastReason = answer.reason;
      streams.forget(entry.message.topic);
      return fail(key, answer.reason);
    }
    land(key, entry);
    failing.delete(entry.message.topic);
    lastSuccess = clock.monotonic();
    lastReason = SILENT;
    done(entry, answer.is === "refused" ? answer.reason : null);
    if (entry.lane !== null) free(entry.lane);
    if (stumbled) recover();
    else pump();
  }

  const land = (key: string, { size }: Entry): void => {
    flying.delete(key);
    bytes -= size;
  };
  function done({ call, message }: Entry, reason: string | null): void {
    if (reason !== null) call.refused.push({ id: message.id, reason });
    call.left -= 1;
    if (call.left === 0) endCall(call, call);
  }
  function free(lane: string): void {
    const behind = lanes.get(lane)?.shift();
    if (behind === undefined) lanes.delete(lane);
    else if (stumbled) failed.push(behind);
    else send(behind);
  }
  function fail(key: string, reason = SILENT): void {
    const entry = flying.get(key);
    if (entry === undefined) return;
    land(key, entry);
    const { topic } = entry.message;
    failing.set(topic, { since: failing.get(topic)?.since ?? clock.monotonic(), reason });
    failed.push(entry);
    stumbled = true;
    recover();
  }

  /** What is for this topic goes out no more: who called repeats it, in its own order. The others go on. */
  function hold(topic: string, reason: string): void {
    failing.delete(topic);
    const mine: Entry[] = [];
    const take = (entry: Entry): boolean => entry.message.topic !== topic || mine.push(entry) === 0;
    for (const [key, entry] of flying) if (!take(entry)) land(key, entry);
    for (const [lane, behind] of lanes) {
      if (!lane.startsWith(`${topic}\n`)) continue;
      lanes.delete(lane);
      mine.push(...behind);
    }
    failed = failed.filter(take);
    queue = queue.slice(next).filter(take);
    next = 0;
    for (const entry of mine) {
      entry.call.held.set(topic, reason);
      done(entry, null);
    }
    if (stumbled) recover();
    else pump();
  }

  /** When nothing is under way any more, the failed go again, before everything that came after them. */
  function recover(): void {
    if (flying.size > 0) return;
    queue = [...failed, ...[...lanes.values()].flat(), ...queue.slice(next)].sort((a, b) => a.order - b.order);
    next = 0;
    failed = [];
    lanes.clear();
    watchOver();
    clock.after(AGAIN_MS, start);
  }
  function start(): void {
    if (flying.size > 0 || !link.isUp() || closed) return;
    stumbled = false;
    pump();
  }

  function pump(): void {
    if (stumbled || closed || !link.isUp()) return;
    // It ends when this user may not hear it, and does not come back by itself when he may.
    if (answers.isClosed()) answers = listen();
    while (next < queue.length && flying.size < WINDOW && bytes < WINDOW_BYTES) {
      const entry = queue[next];
      next += 1;
      if (entry === undefined) continue;
      const behind = entry.lane === null ? undefined : lanes.get(entry.lane);
      if (behind !== undefined) behind.push(entry);
      else {
        if (entry.lane !== null) lanes.set(entry.lane, []);
        send(entry);
      }
    }
    if (next === queue.length) {
      queue = [];
      next = 0;
    }
  }
  function send(entry: Entry): void {
    const key = (token += 1).toString(36);
    entry.sentAt = clock.monotonic();
    flying.set(key, entry);
    bytes += entry.size;
    watchOver();
    try {
      nc.publish(entry.message.topic, wellFormed(entry.message.body), { headers: headersOf(entry.message), reply: `${inbox}${key}` });
    } catch (thrown) {
      if (!(thrown instanceof InvalidArgumentError)) throw thrown;
      land(key, entry);
      done(entry, thrown.message);
      if (entry.lane !== null) free(entry.lane);
    }
  }

  function watchOver(): void {
    sweep ??= clock.after(1000, () => {
      sweep = null;
      const now = clock.monotonic();
      for (const [key, { sentAt }] of flying) {
        if (now - sentAt < ACK_MS) break;
        fail(key);
      }
      if (flying.size + queue.length - next === 0) return;
      if (now - lastSuccess > PATIENCE_MS && (stumbled || !link.isUp())) return giveUp(lastReason);
      for (const [topic, { since, reason }] of failing) if (now - since > PATIENCE_MS) hold(topic, reason);
      watchOver();
    });
  }

  /** Nothing of these calls goes out any more: who called repeats them, in its own order. */
  function giveUp(reason: string): void {
    const all = [...flying.values(), ...failed, ...[...lanes.values()].flat(), ...queue.slice(next)];
    flying.clear();
    lanes.clear();
    queue = [];
    failed = [];
    next = 0;
    bytes = 0;
    stumbled = false;
    failing.clear();
    for (const call of new Set(all.map((entry) => entry.call))) call.reject(new Error(`messages cannot be published: ${reason}`));
  }

  async function enqueue(messages: readonly Outgoing[], call: Call): Promise<void> {
    const takers = new Map<string, Awaited<ReturnType<Streams["of"]>>>();
    for (const { topic } of messages) if (!takers.has(topic)) takers.set(topic, await streams.of(topic));
    const idle = flying.size === 0 && next === queue.length;
    for (const message of messages) {
      const stream = takers.get(message.topic) ?? null;
      const size = sizeOf(message);
      const limit = nc.info?.max_payload ?? Number.MAX_SAFE_INTEGER;
      const entry: Entry = { message, call, order: (order += 1), lane: stream?.skips === true ? `${message.topic}\n${message.key ?? ""}` : null, size, sentAt: 0 };
      if (stream === null) done(entry, `no stream takes \`${message.topic}\`: ${MAKES_TOPICS}`);
      else if (size > limit) done(entry, `the message is larger than the server takes (${limit} bytes)`);
      else queue.push(entry);
    }
    // Patience begins with what is waited for.
    if (idle) lastSuccess = clock.monotonic();
    watchOver();
    pump();
  }

  return {
    publish(messages) {
      if (messages.length === 0) return Promise.resolve();
      if (closed) return Promise.reject(new Error("the bus is closed"));
      return new Promise<void>((resolve, reject) => {
        const call: Call = { left: messages.length, held: new Map(), refused: [], resolve, reject };
        // One after the other: a call that looks for its streams is not overtaken.
        tail = tail.then(() => enqueue(messages, call)).catch((error: unknown) => reject(error instanceof Error ? error : new Error(String(error))));
      });
    },
    close() {
      closed = true;
      sweep?.();
      unwatch();
      answers.unsubscribe();
      giveUp("the bus was closed");
    },
  };
}
