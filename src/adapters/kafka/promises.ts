import type { BrokerFinding, TopicNeed } from "../../core/ports/broker.js";
import { KafkaFailure, type Driver, type PartitionState } from "./driver.js";
import { groupId } from "./group-id.js";
import { leastReplicas } from "./provisioner.js";

/** What an acknowledged message survives. flowctl itself publishes with `acks=all`, so that the topic's settings decide. */
export async function promises(driver: Driver, needs: readonly TopicNeed[]): Promise<readonly BrokerFinding[]> {
  const servers = await driver.servers();
  const cluster: BrokerFinding =
    servers > 1
      ? { what: "kafka", is: "ok", says: `${servers} servers; flowctl publishes with acks=all and an idempotent producer` }
      : { what: "kafka", is: "weak", alone: true, says: "one server: while it is away nothing goes on, and what its disk loses is lost; three with `replicas: 3` survive one" };
  return [cluster, ...(await Promise.all(needs.map((need) => ofTopic(driver, need)))).flat()];
}

async function ofTopic(driver: Driver, { topic, groups }: TopicNeed): Promise<readonly BrokerFinding[]> {
  const there = await driver.partitions(topic);
  // That it is not there is the provisioner's to say.
  if (there === null) return [];
  const what = `topic ${topic}`;
  const rights = groups.length === 0 ? [] : [forbidden(what, async () => void (await driver.read(topic, await ends(driver, topic)))), ...groups.map(({ group }) => forbidden(`group ${groupId(group, topic)}`, async () => void (await driver.committed(groupId(group, topic), topic))))];
  return [{ what, ...promise(there, await driver.config(topic)) }, ...(await Promise.all(rights)).flat()];
}

/** Nothing comes of it, and it may be asked for or not. */
const ends = async (driver: Driver, topic: string): Promise<ReadonlyMap<number, number>> => new Map((await driver.ranges(topic)).slice(0, 1).map(({ partition, high }) => [partition, high]));

async function forbidden(what: string, act: () => Promise<void>): Promise<readonly BrokerFinding[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (!(error instanceof KafkaFailure) || error.type?.endsWith("_AUTHORIZATION_FAILED") !== true) throw error;
    return [{ what, is: "missing", says: "this user may not read it: give it `READ`" }];
  }
}

function promise(there: readonly PartitionState[], config: ReadonlyMap<string, string>): Omit<BrokerFinding, "what"> {
  const replicas = leastReplicas(there);
  const least = Number(config.get("min.insync.replicas") ?? 1);
  const behind = there.filter(({ inSync }) => inSync < least).length;
  if (behind > 0) return { is: "missing", says: `${behind} of ${there.length} partitions have fewer replicas in sync than \`min.insync.replicas=${least}\`: nothing can be published to them until a server is back` };
  if (config.get("unclean.leader.election.enable") === "true") return { is: "weak", says: "a replica that was behind may become its leader, and what only the others had is lost: set `unclean.leader.election.enable=false`" };
  const each = Number(config.get("flush.messages") ?? Number.MAX_SAFE_INTEGER);
  if (replicas === 1 && each > 1) return { is: "weak", says: "1 replica, and Kafka acknowledges before the disk has it: a power loss may lose what was acknowledged; give it 3 replicas on machines that do not fail together, or set `flush.messages=1`" };
  if (replicas > 1 && least < 2) return { is: "weak", says: `${replicas} replicas, but one in sync is enough to acknowledge: set \`min.insync.replicas=2\`` };
  return { is: "ok", says: replicas === 1 ? "1 replica, on disk before it is acknowledged" : `${replicas} replicas, ${least} have a message before it is acknowledged` };
}
