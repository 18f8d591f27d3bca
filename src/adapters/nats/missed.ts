import type { JetStreamManager } from "@nats-io/jetstream";
import type { Clock } from "../../core/ports/clock.js";
import type { Received } from "./message.js";

/** The server is asked no more often than this: messages that somebody deletes leave gaps too, perhaps many. */
const LOOK_MS = 1000;

interface MissedOf {
  readonly stream: string;
  readonly topic: string;
  readonly group: string;
  notice(text: string): void;
}

/** Says what a stream's limits removed before the group had read it: the server goes on behind it without a word. */
export interface Missed {
  /** A consumer goes on behind this message, with its first delivery; 0: nothing was read. */
  begins(seq: number): void;
  came(message: Pick<Received, "seq" | "consumerSeq">): void;
  /** What is kept may begin behind the message that follows this one; 0: nothing was read. */
  look(seq: number): void;
}

export function createMissed(jsm: Pick<JetStreamManager, "streams">, clock: Clock, { stream, topic, group, notice }: MissedOf): Missed {
  /** The last message that came for the first time, and the last delivery. */
  let last = { seq: 0, consumerSeq: 0 };
  let lookedAt = -Infinity;

  async function ask(seq: number): Promise<void> {
    const { config, state } = await jsm.streams.info(stream);
    const gone = state.first_seq - 1 - seq;
    // Where other subjects lie between them nobody can say whose messages went.
    if (gone <= 0 || config.subjects?.length !== 1 || config.subjects[0] !== topic) return;
    notice(`${gone === 1 ? "a message" : `up to ${gone} messages`} of \`${topic}\` went before the group \`${group}\` had read them: the stream keeps less than the group was behind`);
  }
  function look(seq: number): void {
    if (seq === 0 || clock.monotonic() - lookedAt < LOOK_MS) return;
    lookedAt = clock.monotonic();
    // A server that is away is told elsewhere.
    ask(seq).catch(() => undefined);
  }
  return {
    look,
    begins: (seq) => void (last = { seq, consumerSeq: 0 }),
    came({ seq, consumerSeq }) {
      // Deliveries between them were another member's.
      if (consumerSeq === last.consumerSeq + 1 && seq > last.seq + 1) look(last.seq);
      last = { seq: Math.max(seq, last.seq), consumerSeq };
    },
  };
}
