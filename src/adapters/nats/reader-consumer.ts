import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerConfig, type ConsumerInfo, type JetStreamManager } from "@nats-io/jetstream";

const NANOS = 1_000_000;
/** The server removes one that nobody pulls from for so long. */
const FORGOTTEN_MS = 60_000;

type Begin = Pick<ConsumerConfig, "deliver_policy" | "opt_start_seq" | "opt_start_time">;
const behind = (position: number): Begin => ({ deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: position + 1 });

/** A consumer that acknowledges nothing, of one reader: begins behind a position. */
export const addReader = (jsm: JetStreamManager, stream: string, topic: string, position: number): Promise<ConsumerInfo> => add(jsm, stream, topic, behind(position));

const add = (jsm: JetStreamManager, stream: string, topic: string, begin: Begin): Promise<ConsumerInfo> =>
  jsm.consumers.add(stream, {
    filter_subject: topic,
    ack_policy: AckPolicy.None,
    ...begin,
    replay_policy: ReplayPolicy.Instant,
    inactive_threshold: FORGOTTEN_MS * NANOS,
    mem_storage: true,
    num_replicas: 1,
  });

export const withReader = <T>(jsm: JetStreamManager, stream: string, topic: string, position: number, act: (consumer: string, info: ConsumerInfo) => Promise<T>): Promise<T> => withOne(jsm, stream, topic, behind(position), act);

async function withOne<T>(jsm: JetStreamManager, stream: string, topic: string, begin: Begin, act: (consumer: string, info: ConsumerInfo) => Promise<T>): Promise<T> {
  const info = await add(jsm, stream, topic, begin);
  try {
    return await act(info.name, info);
  } finally {
    // The server forgets it by itself too.
    await jsm.consumers.delete(stream, info.name).catch(() => undefined);
  }
}

/** Messages of a topic behind a position. */
export const pendingFrom = (jsm: JetStreamManager, stream: string, topic: string, position: number): Promise<number> =>
  withReader(jsm, stream, topic, position, async (_name, { num_pending }) => num_pending);

/** The last message of the stream that is no later than a time, ms since the epoch: a consumer that begins behind it says so. */
export const lastUntil = (jsm: JetStreamManager, stream: string, topic: string, at: number): Promise<number> =>
  withOne(jsm, stream, topic, { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(at + 1).toISOString() }, async (_name, { delivered }) => delivered.stream_seq);
