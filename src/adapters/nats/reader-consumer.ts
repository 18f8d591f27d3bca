import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerInfo, type JetStreamManager } from "@nats-io/jetstream";

const NANOS = 1_000_000;
/** The server removes one that nobody pulls from for so long. */
const FORGOTTEN_MS = 60_000;

/** A consumer that acknowledges nothing, of one reader: begins behind a position. */
export const addReader = (jsm: JetStreamManager, stream: string, topic: string, position: number): Promise<ConsumerInfo> =>
  jsm.consumers.add(stream, {
    filter_subject: topic,
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: position + 1,
    replay_policy: ReplayPolicy.Instant,
    inactive_threshold: FORGOTTEN_MS * NANOS,
    mem_storage: true,
    num_replicas: 1,
  });

export async function withReader<T>(jsm: JetStreamManager, stream: string, topic: string, position: number, act: (consumer: string, info: ConsumerInfo) => Promise<T>): Promise<T> {
  const info = await addReader(jsm, stream, topic, position);
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
