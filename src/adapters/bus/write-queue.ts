import type { Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { endCall, type Unstored } from "./publication.js";

/** Of one write. */
const MOST_MESSAGES = 1024;
export const MOST_CHARACTERS = 4 * 1024 * 1024;

/** A call to publish. */
export interface Call extends Unstored {
  readonly messages: readonly Outgoing[];
  /** How many of them were sent. */
  sent: number;
  readonly done: PromiseWithResolvers<void>;
}

/** A message of a write. */
export interface Sent {
  readonly message: Outgoing;
  readonly call: Call;
}

/** One write after the other: what is asked for meanwhile shares the next one (I40), and nothing overtakes what failed (I22). */
export interface WriteQueue {
  publish(messages: readonly Outgoing[]): Promise<void>;
  /** Everything asked for has its answer. */
  settled(): Promise<void>;
}

/** `write` stores messages in their order, and says in their calls which of them it did not take; its rejection is every call's that waits. One write has little more than `most` characters. */
export function createWriteQueue(clock: Clock, write: (batch: readonly Sent[]) => Promise<void>, most = (): number => MOST_CHARACTERS): WriteQueue {
  let waiting: Call[] = [];
  let sending: Promise<void> | null = null;

  async function send(): Promise<void> {
    // What is published in the same turn shares the first write too.
    await new Promise<void>((resolve) => clock.soon(resolve));
    while (waiting.length > 0) {
      try {
        await write(takeBatch(waiting, most()));
      } catch (thrown) {
        // Those behind must not overtake what will be published again.
        for (const { done } of waiting.splice(0)) done.reject(thrown);
        break;
      }
      const open = waiting.findIndex(({ messages, sent }) => sent < messages.length);
      for (const call of waiting.splice(0, open < 0 ? waiting.length : open)) endCall(call, call.done);
    }
    sending = null;
  }
  return {
    async publish(messages) {
      if (messages.length === 0) return;
      const call: Call = { messages, sent: 0, held: new Map(), refused: [], done: Promise.withResolvers() };
      waiting.push(call);
      sending ??= send();
      await call.done.promise;
    },
    settled: async () => sending ?? undefined,
  };
}

/** In order; a long call may be cut. */
function takeBatch(waiting: readonly Call[], most: number): readonly Sent[] {
  const batch: Sent[] = [];
  let characters = 0;
  for (const call of waiting) {
    while (call.sent < call.messages.length) {
      if (batch.length >= MOST_MESSAGES || characters > most) return batch;
      const message = call.messages[call.sent];
      call.sent += 1;
      if (message === undefined) continue;
      batch.push({ message, call });
      characters += message.body.length;
    }
  }
  return batch;
}
