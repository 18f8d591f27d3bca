import type { BrokerFinding } from "../../core/ports/broker.js";
import { isReply, type Link } from "./link.js";
import { fieldsOf, infoOf, textOf } from "./reply.js";

/** What is acknowledged survives what, and what to set. */
export async function promisesOf(link: Link): Promise<readonly BrokerFinding[]> {
  const replication = infoOf(await link.command("INFO", "replication"));
  const persistence = infoOf(await link.command("INFO", "persistence"));
  return [...(await settings(link, persistence)), replicas(Number(replication.get("connected_slaves") ?? 0))];
}

async function settings(link: Link, persistence: ReadonlyMap<string, string>): Promise<readonly BrokerFinding[]> {
  try {
    const config = fieldsOf(await link.command("CONFIG", "GET", "append*"));
    const memory = fieldsOf(await link.command("CONFIG", "GET", "maxmemory*"));
    return [log(textOf(config.get("appendonly")), textOf(config.get("appendfsync")), persistence), eviction(textOf(memory.get("maxmemory-policy")), Number(textOf(memory.get("maxmemory"))))];
  } catch (error) {
    // Who offers Redis as a service often forbids it.
    if (!isReply(error)) throw error;
    return [{ what: "settings", is: "weak", says: "this user may not read the server's settings (CONFIG GET): look for yourself that appendonly is yes, appendfsync always, and maxmemory-policy noeviction" }];
  }
}

function log(appendonly: string, fsync: string, persistence: ReadonlyMap<string, string>): BrokerFinding {
  const what = "power loss";
  if (appendonly !== "yes") return { what, is: "weak", says: "a crash of the server loses every message since its last snapshot, also acknowledged ones: set appendonly yes" };
  if (persistence.get("aof_last_write_status") !== "ok") return { what, is: "missing", says: "the server cannot write its log, and takes no messages: look for a full disk" };
  if (fsync === "always") return { what, is: "ok", says: "what is acknowledged is on the disk (appendonly yes, appendfsync always)" };
  if (fsync === "everysec") return { what, is: "weak", says: "a power loss takes the last second or two of acknowledged messages, a crash of the server alone nothing (appendfsync everysec): set appendfsync always" };
  return { what, is: "weak", says: `a power loss takes what the system had not written, half a minute and more (appendfsync ${fsync}): set appendfsync always` };
}

function eviction(policy: string, maxmemory: number): BrokerFinding {
  const what = "eviction";
  if (policy === "noeviction") return { what, is: "ok", says: maxmemory === 0 ? "nothing is evicted, and maxmemory is not set: the memory of the machine is the limit" : "nothing is evicted: a full server refuses messages, which wait" };
  const lost = policy.startsWith("volatile") ? "the keys by which members of a group know each other" : "streams with messages that nobody has read";
  return { what, is: "missing", says: `a full server throws away ${lost} (maxmemory-policy ${policy}): set maxmemory-policy noeviction` };
}

function replicas(count: number): BrokerFinding {
  const what = "replicas";
  if (count === 0) return { what, is: "weak", alone: true, says: "the server has no replica: when its disk is lost, messages are" };
  return { what, is: "weak", says: `replicas (${count}) get messages after they are acknowledged: a failover may lose the last ones; min-replicas-to-write stops taking messages when replicas are gone` };
}
