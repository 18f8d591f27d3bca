import { createInbox, InvalidArgumentError, type Msg, type NatsConnection, PermissionViolationError, type Subscription } from "@nats-io/transport-node";
import { MAKES_TOPICS } from "../../core/broker.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { endCall, type Unstored } from "../bus/publication.js";
import type { Link } from "./link.js";
import { headersOf, sizeOf, wellFormed } from "./message.js";
import { answerOf } from "./publish-answer.js";
import { createSendWindow, laneOf, type Entry } from "./send-window.js";
import type { Streams } from "./streams.js";

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
interface Publication extends Entry {
  readonly call: Call;
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
  const window = createSendWindow<Publication>();
  let order = 0;
  let stumbled = false;
  let lastSuccess = clock.monotonic();
  let lastReason = SILENT;
  let tail: Promise<void> = Promise.resolve();
  let sweep: (() => void) | null = null;
  let closed = false;
  /** Topics of which something speaks against a success since their last one: when that began, and what. */
  const failing = new Map<string, { readonly since: number; readonly reason: string }>();

  const listen = (): Subscription => nc.subscribe(`${inbox}*`, { callback: (error, msg) => void (error === null && settle(msg)) });
  let answers = listen();
  const unwatch = link.watch(
    (up) => {
      if (up) return start();
      lastReason = "the connection was lost";
      for (const key of window.sentBefore(Infinity)) fail(key);
    },
    // A message that this user may not publish has no other answer.
    (error) => {
      lastReason = error.message;
      if (error instanceof PermissionViolationError && error.operation === "publish") hold(error.subject, "this user may not publish there");
    },
  );

  function settle(msg: Msg): void {
    const key = msg.subject.slice(inbox.length);
    const topic = window.under(key)?.message.topic;
    if (topic === undefined) return;
    const answer = answerOf(msg, topic);
    if (answer.is === "again" || answer.is === "other") lastReason = answer.reason;
    if (answer.is === "again") return fail(key, answer.reason);
    // The stream may answer yet.
    if (answer.is === "other") return doubt(topic, answer.reason);
    failing.delete(topic);
    lastSuccess = clock.monotonic();
    lastReason = SILENT;
    land(key, answer.is === "refused" ? answer.reason : null, lastSuccess);
    goOn();
  }
  /** The broker has said what becomes of it: it is stored, or refused for a reason. */
  function land(key: string, reason: string | null, answered?: number): void {
    const entry = window.land(key, answered);
    if (entry === undefined) return;
    done(entry, reason);
    window.free(entry);
  }
  function done({ call, message }: Publication, reason: string | null): void {
    if (reason !== null) call.refused.push({ id: message.id, reason });
    call.left -= 1;
    if (call.left === 0) endCall(call, call);
  }
  const doubt = (topic: string, reason: string): void => void failing.set(topic, { since: failing.get(topic)?.since ?? clock.monotonic(), reason });
  function fail(key: string, reason?: string): void {
    const entry = window.land(key);
    if (entry === undefined) return;
    const { topic } = entry.message;
    streams.forget(topic);
    doubt(topic, reason ?? failing.get(topic)?.reason ?? SILENT);
    window.fail(entry);
    stumbled = true;
    recover();
  }

  /** What is for this topic goes out no more: who called repeats it, in its own order. The others go on. */
  function hold(topic: string, reason: string): void {
    failing.delete(topic);
    for (const entry of window.without(topic)) {
      entry.call.held.set(topic, reason);
      done(entry, null);
    }
    goOn();
  }

  const goOn = (): void => (stumbled ? recover() : pump());
  /** When nothing is under way any more, the failed go again, before everything that came after them. */
  function recover(): void {
    if (window.flying() > 0) return;
    window.rewind();
    watchOver();
    clock.after(AGAIN_MS, start);
  }
  function start(): void {
    if (window.flying() > 0 || !link.isUp() || closed) return;
    stumbled = false;
    pump();
  }

  function pump(): void {
    if (stumbled || closed || !link.isUp()) return;
    // It ends when this user may not hear it, and does not come back by itself when he may.
    if (answers.isClosed()) answers = listen();
    for (let sent = window.take(clock.monotonic()); sent !== null; sent = window.take(clock.monotonic())) {
      const { key, entry: { message } } = sent;
      watchOver();
      try {
        nc.publish(message.topic, wellFormed(message.body), { headers: headersOf(message), reply: `${inbox}${key}` });
      } catch (thrown) {
        if (!(thrown instanceof InvalidArgumentError)) throw thrown;
        land(key, thrown.message);
      }
    }
  }

  function watchOver(): void {
    sweep ??= clock.after(1000, () => {
      sweep = null;
      const now = clock.monotonic();
      const late = window.sentBefore(now - ACK_MS);
      if (late.length > 0) window.narrow();
      for (const key of late) fail(key);
      if (window.flying() + window.queued() === 0) return;
      if (now - lastSuccess > PATIENCE_MS && (stumbled || !link.isUp())) return giveUp(lastReason);
      for (const [topic, { since, reason }] of failing) if (now - since > PATIENCE_MS) hold(topic, reason);
      watchOver();
    });
  }

  /** Nothing of these calls goes out any more: who called repeats them, in its own order. */
  function giveUp(reason: string): void {
    const calls = new Set(window.clear().map(({ call }) => call));
    stumbled = false;
    failing.clear();
    for (const { reject } of calls) reject(new Error(`messages cannot be published: ${reason}`));
  }

  async function enqueue(messages: readonly Outgoing[], call: Call): Promise<void> {
    const takers = new Map<string, Awaited<ReturnType<Streams["of"]>>>();
    for (const { topic } of messages) if (!takers.has(topic)) takers.set(topic, await streams.of(topic));
    const idle = window.flying() + window.queued() === 0;
    for (const message of messages) {
      const stream = takers.get(message.topic) ?? null;
      const size = sizeOf(message);
      const limit = nc.info?.max_payload ?? Number.MAX_SAFE_INTEGER;
      const entry: Publication = { message, call, order: (order += 1), lane: stream?.skips === true ? laneOf(message) : null, size };
      if (stream === null) done(entry, `no stream takes \`${message.topic}\`: ${MAKES_TOPICS}`);
      else if (size > limit) done(entry, `the message is larger than the server takes (${limit} bytes)`);
      else window.add(entry);
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
