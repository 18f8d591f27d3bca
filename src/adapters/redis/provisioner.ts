import { InfraError } from "../../core/errors.js";
import type { Provision, Provisioner, TopicNeed } from "../../core/ports/broker.js";
import type { TopicDefaults } from "../../core/broker.js";
import { durationText } from "../../core/duration-text.js";
import { groupsOf, needGroup } from "./group.js";
import { scriptOf, type Link } from "./link.js";
import { KEPT } from "./names.js";
import { infoOf, numberOf, textOf } from "./reply.js";

/** A stream without entries: a group makes one. How long it is kept is only ever made longer, and a stream of others stays theirs. */
const MAKE = scriptOf(`
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[1], 'flowctl', '0', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', KEYS[1], 'flowctl')
end
redis.call('HSET', KEYS[2], KEYS[1], ARGV[1])`);

export function createProvisioner(link: Link, defaults: TopicDefaults): Provisioner {
  async function topicOf({ topic, dedupeMs, dlq }: TopicNeed, shared: readonly string[]): Promise<Provision> {
    const kind = textOf(await link.command("TYPE", topic));
    if (kind !== "none" && kind !== "stream") throw new InfraError("FC6043", `\`${topic}\` is a ${kind} in Redis, and flows need a stream of that name.`, { hint: "rename one of them, or take another database of the server by `/1` behind the url" });
    const what = `stream ${topic}`;
    const wanted = dlq ? 0 : defaults.retention;
    const known = await link.command("HGET", KEPT, topic);
    const kept = known === null ? null : numberOf(known);
    if (kind === "none") return { of: "topic", what, action: "create", says: saysOf(wanted), weak: weakOf(wanted, dedupeMs, shared) };
    if (kept === null) return { of: "topic", what, action: "keep", says: "made by others: flowctl removes nothing from it", weak: [...shared] };
    const longer = kept !== 0 && (wanted === 0 || wanted > kept);
    return { of: "topic", what, action: longer ? "change" : "keep", says: saysOf(longer ? wanted : kept), weak: weakOf(longer ? wanted : kept, dedupeMs, shared) };
  }
  async function groupsFor({ topic, groups }: TopicNeed, exists: boolean): Promise<readonly Provision[]> {
    const there = exists ? (await groupsOf(link, topic)).map(({ group }) => group) : [];
    return groups.map(({ group, from, ordered }) => {
      const action = there.includes(group) ? "keep" : "create";
      const says = `${ordered ? "one member reads at a time" : "members share"}${action === "create" ? `, from the ${from === "latest" ? "latest" : "first"} entry on` : ""}`;
      return { of: "group", what: `group ${topic}/${group}`, action, says, weak: [] };
    });
  }
  async function plan(needs: readonly TopicNeed[]): Promise<readonly Provision[]> {
    const replicas = Number(infoOf(await link.command("INFO", "replication")).get("connected_slaves") ?? 0);
    const shared = replicas + 1 < defaults.replicas ? [`the server has ${replicas} replicas and the profile says that messages are kept on ${defaults.replicas} servers: add replicas to it, and set min-replicas-to-write`] : [];
    const provisions: Provision[] = [];
    for (const need of needs) {
      const topic = await topicOf(need, shared);
      provisions.push(topic, ...(await groupsFor(need, topic.action !== "create")));
    }
    return provisions;
  }
  return {
    plan,
    async apply(needs) {
      const done = await plan(needs);
      for (const { topic, groups, dlq } of needs) {
        const own = done.find(({ what }) => what === `stream ${topic}`)?.action !== "keep";
        if (own) await link.script(MAKE, [topic, KEPT], [dlq ? 0 : defaults.retention]);
        for (const { group, from } of groups) await needGroup(link, topic, group, from);
      }
      return done;
    },
  };
}

const saysOf = (kept: number): string => (kept === 0 ? "kept until somebody removes it" : `kept ${durationText(kept)}, longer where a group has not acknowledged`);
const weakOf = (kept: number, dedupeMs: number | null, shared: readonly string[]): readonly string[] => [
  ...(kept !== 0 && dedupeMs !== null && dedupeMs > kept ? [`messages go after ${durationText(kept)}, and a flow remembers their \`dedupe\` keys for ${durationText(dedupeMs)}: set broker.topics.retention to that`] : []),
  ...shared,
];
