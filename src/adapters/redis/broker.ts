import type { BrokerConnection } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import type { Broker } from "../../core/ports/broker.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Random } from "../../core/ports/random.js";
import { createRedisBus } from "./bus.js";
import { isReply, openLink, type Link } from "./link.js";
import { promisesOf } from "./promises.js";
import { createProvisioner } from "./provisioner.js";
import { infoOf } from "./reply.js";
import { settingsOf, type Settings } from "./settings.js";
import { createTopicReader } from "./topic-reader.js";

/** How far a group is (XINFO GROUPS lag), and groups that begin where they should, are of this version. */
const OLDEST = 7;

/** Rejects with FC6043 when the server cannot be used. */
export async function connectRedis(connection: BrokerConnection, { clock, random }: { readonly clock: Clock; readonly random: Random }): Promise<Broker> {
  const settings = settingsOf(connection);
  const link = await openLink(settings);
  let publishing: Link;
  try {
    await needPrimary(link, settings);
    publishing = await openLink(settings);
  } catch (error) {
    link.close();
    throw isReply(error) ? new InfraError("FC6043", `Redis at ${settings.where} does not say what it is: ${error.message}.`, { hint: "flowctl asks it by INFO: give its user `+info`", cause: error }) : error;
  }
  const bus = createRedisBus(link, publishing, settings, clock, random);
  return {
    bus,
    topics: createTopicReader(link),
    provisioner: createProvisioner(link, connection.topics),
    promises: () => promisesOf(link),
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]();
      publishing.close();
      link.close();
    },
  };
}

async function needPrimary(link: Link, { where }: Settings): Promise<void> {
  const version = infoOf(await link.command("INFO", "server")).get("redis_version") ?? "";
  if (Number(version.split(".")[0]) < OLDEST) throw new InfraError("FC6043", `Redis at ${where} is version ${version}, and flowctl needs ${OLDEST}.0 or newer.`);
  const role = infoOf(await link.command("INFO", "replication")).get("role");
  if (role !== "master") throw new InfraError("FC6043", `Redis at ${where} is a replica, which takes no messages.`, { hint: "`url` names the primary" });
  if (infoOf(await link.command("INFO", "cluster")).get("cluster_enabled") === "1") throw new InfraError("FC6043", `Redis at ${where} is a cluster, which this version does not support.`, { hint: "take one server with replicas" });
}
