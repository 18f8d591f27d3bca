import { createInbox, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { Clock } from "../../core/ports/clock.js";
import type { Link } from "./link.js";
import { received, type Received } from "./message.js";

const NANOS = 1_000_000;
const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5000;
/** Two heartbeats that did not come: what was asked for is forgotten by the server. */
const SILENCE_MS = 2 * HEARTBEAT_MS + 1000;

/** Messages of one pull consumer, as many as were asked for. */
export interface Pull {
  /** Asks for that many more. */
  ask(count: number): void;
  /** Asked for, and not come. */
  asked(): number;
  /** Nothing new comes after it resolves; what was on its way has come. */
  close(): Promise<void>;
}

interface Hooks {
  message(message: Received): void;
  /** What was asked for will not come: ask again. */
  want(): void;
  /** What the server had sent when the connection was lost may not have come: by default it is asked again for what it has not sent. */
  reconnected?(): void;
  /** The consumer is not there, or is not what it was. */
  lost(reason: string): void;
}

export function startPull(nc: NatsConnection, link: Link, clock: Clock, { stream, consumer }: { readonly stream: string; readonly consumer: string }, hooks: Hooks): Pull {
  const inbox = `${createInbox()}.`;
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  let asked = 0;
  let request = 0;
  let heard = clock.monotonic();
  let closed = false;
  let cancelWatch: (() => void) | null = null;
  const subscription = nc.subscribe(`${inbox}*`, { callback: (error, msg) => (error === null ? take(msg) : void (closed || hooks.lost(error.message))) });
  const unwatch = link.watch((up) => {
    asked = 0;
    if (up && !closed) (hooks.reconnected ?? hooks.want)();
  });

  function take(msg: Msg): void {
    heard = clock.monotonic();
    // By its place: whoever publishes may write a status into the headers too.
    const message = received(msg);
    if (message !== null) {
      asked = Math.max(asked - 1, 0);
      hooks.message(message);
      return;
    }
    const code = msg.headers?.code ?? 0;
    if (code !== 0 && code !== 100) status(code, msg);
  }
  function status(code: number, msg: Msg): void {
    const left = msg.headers?.get("Nats-Pending-Messages") ?? "";
    asked = left === "" ? 0 : Math.max(asked - Number(left), 0);
    if (closed) return;
    const why = msg.headers?.description ?? "";
    if (code === 503 || /consumer deleted|push based/i.test(why)) hooks.lost(why === "" ? "its consumer does not answer" : why);
    else hooks.want();
  }
  function watchOver(): void {
    cancelWatch = clock.after(HEARTBEAT_MS, () => {
      if (asked > 0 && link.isUp() && clock.monotonic() - heard > SILENCE_MS) {
        asked = 0;
        hooks.want();
      }
      watchOver();
    });
  }
  watchOver();

  return {
    ask(count) {
      if (closed || count <= 0 || !link.isUp()) return;
      if (asked === 0) heard = clock.monotonic();
      asked += count;
      nc.publish(subject, JSON.stringify({ batch: count, expires: EXPIRES_MS * NANOS, idle_heartbeat: HEARTBEAT_MS * NANOS }), { reply: `${inbox}${(request += 1)}` });
    },
    asked: () => asked,
    async close() {
      if (closed) return;
      closed = true;
      unwatch();
      cancelWatch?.();
      // What the server had sent before it heard of this comes first.
      if (link.isUp()) await subscription.drain().catch(() => undefined);
      else subscription.unsubscribe();
    },
  };
}
