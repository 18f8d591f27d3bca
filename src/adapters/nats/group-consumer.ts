import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerConfig, type ConsumerInfo, type JetStreamManager } from "@nats-io/jetstream";
import { consumerName } from "./names.js";
import type { Stood } from "./stood.js";
import { isNotFound } from "./streams.js";

/** A member that says nothing for so long is gone (I11). */
export const ACK_WAIT_MS = 10_000;
const NANOS = 1_000_000;
/** Over all members of a group. */
const MOST_UNACKNOWLEDGED = 20_000;

export interface GroupOf {
  readonly stream: string;
  readonly topic: string;
  readonly group: string;
  readonly from: "latest" | "earliest";
}

/** What stands in a consumer of ours, so that its group and topic are known from it. */
export const GROUP = "flowctl-group";
export const TOPIC = "flowctl-topic";

export const groupConfig = ({ topic, group, from }: Omit<GroupOf, "stream">): Partial<ConsumerConfig> & { readonly durable_name: string } => ({
  durable_name: consumerName(group, topic),
  filter_subject: topic,
  ack_policy: AckPolicy.Explicit,
  ack_wait: ACK_WAIT_MS * NANOS,
  max_ack_pending: MOST_UNACKNOWLEDGED,
  deliver_policy: from === "latest" ? DeliverPolicy.New : DeliverPolicy.All,
  replay_policy: ReplayPolicy.Instant,
  metadata: { [GROUP]: group, [TOPIC]: topic },
});

/** The group's consumer, made where it is not there; where it stands it stays, whatever `from` says. One that was deleted goes on where the group stood. */
export async function ensureConsumer(jsm: JetStreamManager, of: GroupOf, stood: Stood | undefined): Promise<ConsumerInfo> {
  const config = groupConfig(of);
  try {
    return await jsm.consumers.info(of.stream, config.durable_name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return await jsm.consumers.add(of.stream, { ...config, ...(stood === undefined ? {} : await behind(jsm, of.stream, stood)) });
}

async function behind(jsm: JetStreamManager, stream: string, { created, position }: Stood): Promise<Partial<ConsumerConfig>> {
  if ((await jsm.streams.info(stream)).created !== created) return { deliver_policy: DeliverPolicy.All };
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: position + 1 };
}
