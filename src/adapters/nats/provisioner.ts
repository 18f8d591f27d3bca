import { DiscardPolicy, RetentionPolicy, StorageType, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { TopicDefaults } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import { durationText } from "../../core/duration-text.js";
import type { GroupNeed, Provision, Provisioner, TopicNeed } from "../../core/ports/broker.js";
import { groupConfig } from "./group-consumer.js";
import { hasLeases, LEASES, LEASE_SUBJECTS, leaseRecords, leaseSubject, placeOf, putLease, storedLease, type LeaseRecord } from "./lease-records.js";
import { distinctName, groupName, streamName } from "./names.js";
import { isNotFound } from "./streams.js";

const NANOS = 1_000_000;
const TIMEOUT_MS = 5000;
/** A publication that is repeated after a restart of the process is recognised for so long. */
const DUPLICATES_MS = 10 * 60_000;

/** In the metadata of a stream that was made here: for which topic. */
const MADE_FOR = "flowctl-topic";

interface Step {
  readonly provision: Provision;
  /** Absent: nothing is to be done. */
  readonly act?: () => Promise<void>;
}

/** Streams for topics that no stream takes, and consumers for groups. A stream that somebody else made is used as it is. */
export function createProvisioner(nc: NatsConnection, jsm: JetStreamManager, defaults: TopicDefaults): Provisioner {
  const wanted = (name: string, topic: string): Partial<StreamConfig> & { readonly name: string } => ({
    name,
    subjects: [topic],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: defaults.replicas,
    max_age: defaults.retention * NANOS,
    duplicate_window: Math.min(DUPLICATES_MS, defaults.retention) * NANOS,
    metadata: { [MADE_FOR]: topic },
  });

  async function streamOf(topic: string): Promise<StreamConfig | null> {
    for await (const name of jsm.streams.names(topic)) return (await jsm.streams.info(name)).config;
    return null;
  }
  /** `stream`: that which takes it, or will. */
  async function topicStep(need: TopicNeed, planned: ReadonlySet<string>): Promise<Step & { readonly stream: string }> {
    const { topic } = need;
    const there = await streamOf(topic);
    if (there === null) {
      const stream = await freeName(topic, planned);
      const made = { subjects: [topic], num_replicas: defaults.replicas, max_age: defaults.retention * NANOS };
      return { stream, provision: { of: "topic", what: `stream ${stream}`, action: "create", says: describe(made), weak: [] }, act: async () => void (await jsm.streams.add(wanted(stream, topic))) };
    }
    const { name: stream } = there;
    const more = stronger(there, defaults);
    const provision = { of: "topic" as const, what: `stream ${stream}`, weak: weaknesses({ ...there, ...more }, need) };
    if (Object.keys(more).length === 0) return { stream, provision: { ...provision, action: "keep", says: describe(there) } };
    return { stream, provision: { ...provision, action: "change", says: `${describe(there)} → ${describe({ ...there, ...more })}` }, act: async () => void (await jsm.streams.update(stream, { ...there, ...more })) };
  }
  /** `orders.new` and `orders_new` have one name: whichever is made behind the other gets another one. */
  async function freeName(topic: string, planned: ReadonlySet<string>): Promise<string> {
    const name = streamName(topic);
    if (planned.has(name)) return distinctName(topic);
    try {
      const { config } = await jsm.streams.info(name);
      if (config.metadata?.[MADE_FOR] !== undefined) return distinctName(topic);
      throw new InfraError("FC6044", `The stream ${name} is there and does not take \`${topic}\`, but ${config.subjects.map((one) => `\`${one}\``).join(", ")}.`, { hint: `let a stream take \`${topic}\`, under any name` });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return name;
    }
  }
  async function orderedStep({ topic }: TopicNeed, { group, from }: GroupNeed, records: readonly LeaseRecord[]): Promise<Step> {
    const what = `position ${LEASES.slice(3)}/${groupName(group, topic)}`;
    const says = `group ${group} of ${topic}: one member reads, from ${from}`;
    if (records.some((record) => record.group === group && record.topic === topic)) return { provision: { of: "group", what, action: "keep", says, weak: [] } };
    const act = async (): Promise<void> => {
      const there = await streamOf(topic);
      if (there === null) return;
      const { revision } = await storedLease(jsm, leaseSubject(group, topic));
      await putLease(nc, { group, topic, owner: null, ...(await placeOf(jsm, there.name, topic, from, null)) }, revision, TIMEOUT_MS);
    };
    return { provision: { of: "group", what, action: "create", says, weak: [] }, act };
  }
  async function groupStep({ topic }: TopicNeed, group: GroupNeed, stream: string): Promise<Step> {
    const config = groupConfig({ topic, ...group });
    const provision = { of: "group" as const, what: `consumer ${stream}/${config.durable_name}`, says: `group ${group.group} of ${topic}, from ${group.from}`, weak: [] };
    if (await hasConsumer(stream, config.durable_name)) return { provision: { ...provision, action: "keep" } };
    return { provision: { ...provision, action: "create" }, act: async () => void (await jsm.consumers.add(stream, config)) };
  }
  async function hasConsumer(stream: string, name: string): Promise<boolean> {
    try {
      await jsm.consumers.info(stream, name);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async function steps(needs: readonly TopicNeed[]): Promise<readonly Step[]> {
    const all: Step[] = [];
    const ordered = needs.some(({ groups }) => groups.some((group) => group.ordered));
    const bucket = !ordered || (await hasLeases(jsm));
    const says = "which member of each ordered group reads, and from where";
    if (!bucket) all.push({ provision: { of: "topic", what: `bucket ${LEASES.slice(3)}`, action: "create", says, weak: [] }, act: async () => void (await jsm.streams.add(leaseBucket(defaults))) });
    const records = ordered ? await leaseRecords(jsm) : [];
    const planned = new Set<string>();
    for (const need of needs) {
      const { stream, ...step } = await topicStep(need, planned);
      planned.add(stream);
      all.push(step);
      for (const group of need.groups) all.push(await (group.ordered ? orderedStep(need, group, records) : groupStep(need, group, stream)));
    }
    return all;
  }
  return {
    plan: async (needs) => (await steps(needs)).map(({ provision }) => provision),
    async apply(needs) {
      const all = await steps(needs);
      for (const { act } of all) await act?.();
      return all.map(({ provision }) => provision);
    },
  };
}

/** What can be made better without a loss: more replicas, a window for repeated publications. */
function stronger({ num_replicas, duplicate_window }: StreamConfig, { replicas }: TopicDefaults): Partial<StreamConfig> {
  return { ...(num_replicas < replicas ? { num_replicas: replicas } : {}), ...(duplicate_window > 0 ? {} : { duplicate_window: DUPLICATES_MS * NANOS }) };
}

function weaknesses({ name, storage, max_age, retention, no_ack }: StreamConfig, { dedupeMs, dlq }: TopicNeed): readonly string[] {
  const kept = max_age / NANOS;
  return [
    ...(storage === StorageType.Memory ? [`its messages are in memory only: a restart of the server loses them; make ${name} anew with file storage`] : []),
    ...(no_ack === true ? ["it acknowledges nothing (`no_ack`): what is published cannot be known to be stored"] : []),
    ...(retention === RetentionPolicy.Limits ? [] : [`it forgets what one group has acknowledged (${retention}): another group, \`topics tail\` and a redrive do not find it`]),
    ...(kept > 0 && dedupeMs !== null && kept < dedupeMs ? [`messages are kept for ${durationText(kept)}, \`dedupe\` remembers for ${durationText(dedupeMs)}`] : []),
    ...(dlq && kept > 0 && kept < DAY ? [`dead letters are kept for ${durationText(kept)} only`] : []),
  ];
}
const DAY = 86_400_000;

const describe = ({ subjects, num_replicas, max_age }: Pick<StreamConfig, "subjects" | "num_replicas" | "max_age">): string =>
  `subjects ${subjects.join(", ")}, ${num_replicas} ${num_replicas === 1 ? "replica" : "replicas"}, kept ${max_age > 0 ? durationText(max_age / NANOS) : "for ever"}`;

const leaseBucket = ({ replicas }: TopicDefaults): Partial<StreamConfig> & { readonly name: string } => ({
  name: LEASES,
  subjects: [`${LEASE_SUBJECTS}.>`],
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  num_replicas: replicas,
  max_msgs_per_subject: 1,
  allow_rollup_hdrs: true,
  deny_delete: true,
  allow_direct: true,
});
