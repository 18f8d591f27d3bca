import type { TopicDefaults } from "../../core/broker.js";
import { durationText } from "../../core/duration-text.js";
import { InfraError } from "../../core/errors.js";
import type { Provision, Provisioner, TopicNeed } from "../../core/ports/broker.js";
import type { Driver, NewTopic, PartitionState } from "./driver.js";

interface Step {
  readonly provision: Provision;
  /** Null: it is there. */
  readonly create: NewTopic | null;
}

/**
 * Topics that are not there. One that is there is used as it is: more partitions would move keys, more replicas move
 * data, and Kafka's settings are set as a whole, so that each of these is for a person to do. Groups come by reading.
 */
export function createProvisioner(driver: Driver, defaults: TopicDefaults): Provisioner {
  const { partitions, replicas, retention } = defaults;
  const wanted = (topic: string): NewTopic => ({
    topic,
    partitions,
    replicas,
    config: { "cleanup.policy": "delete", "retention.ms": String(retention), ...(replicas < 3 ? {} : { "min.insync.replicas": String(replicas - 1) }) },
  });

  async function stepOf(need: TopicNeed): Promise<Step> {
    const { topic } = need;
    const there = await driver.partitions(topic);
    if (there === null) {
      return { create: wanted(topic), provision: { of: "topic", what: `topic ${topic}`, action: "create", says: describe(partitions, replicas, retention), weak: [] } };
    }
    const config = await driver.config(topic);
    return { create: null, provision: { of: "topic", what: `topic ${topic}`, action: "keep", says: describe(there.length, leastReplicas(there), keptFor(config)), weak: weaknesses(there, config, need, defaults) } };
  }
  const steps = (needs: readonly TopicNeed[]): Promise<readonly Step[]> => Promise.all(needs.map(stepOf));
  return {
    plan: async (needs) => (await steps(needs)).map(({ provision }) => provision),
    async apply(needs) {
      const all = await steps(needs);
      const missing = all.flatMap(({ create }) => create ?? []);
      if (missing.length > 0) {
        const servers = await driver.servers();
        if (servers < replicas) throw new InfraError("FC6044", `Topics cannot be made with ${replicas} replicas: the cluster has ${count(servers, "server")}.`, { hint: `set \`topics: { replicas: ${servers} }\` under \`broker\`, or start more servers` });
        await driver.create(missing);
      }
      return all.map(({ provision }) => provision);
    },
  };
}

function weaknesses(there: readonly PartitionState[], config: ReadonlyMap<string, string>, { dedupeMs, dlq }: TopicNeed, { replicas }: TopicDefaults): readonly string[] {
  const kept = keptFor(config);
  const has = leastReplicas(there);
  return [
    ...(has < replicas ? [`it has ${count(has, "replica")}, the profile asks for ${replicas}: \`kafka-reassign-partitions\` adds them`] : []),
    ...((config.get("cleanup.policy") ?? "delete").includes("compact") ? ["it is compacted: of messages with one key only the last one stays, also where a group has not read the others; set `cleanup.policy=delete`"] : []),
    ...(kept !== null && dedupeMs !== null && kept < dedupeMs ? [`messages are kept for ${durationText(kept)}, \`dedupe\` remembers for ${durationText(dedupeMs)}: set \`retention.ms=${dedupeMs}\``] : []),
    ...(dlq && kept !== null && kept < DAY ? [`dead letters are kept for ${durationText(kept)} only: set \`retention.ms\` to days`] : []),
  ];
}
const DAY = 86_400_000;

export const leastReplicas = (there: readonly PartitionState[]): number => Math.min(...there.map(({ replicas }) => replicas));

/** Null: for ever, or nobody may know. */
function keptFor(config: ReadonlyMap<string, string>): number | null {
  const ms = Number(config.get("retention.ms") ?? -1);
  return ms < 0 ? null : ms;
}

const describe = (partitions: number, replicas: number, kept: number | null): string => `${count(partitions, "partition")}, ${count(replicas, "replica")}${kept === null ? "" : `, kept ${durationText(kept)}`}`;
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
