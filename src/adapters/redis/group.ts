import { MAKES_TOPICS } from "../../core/broker.js";
import { idBefore } from "./entry.js";
import { scriptOf, type Link } from "./link.js";
import { fieldsOf, listOf, numberOf, textOf } from "./reply.js";

/** With how much had been written by then, so that the server can say how far it is; -1: that cannot be known. False: the stream is not there. */
const MAKE = scriptOf(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local info, from, read = redis.call('XINFO', 'STREAM', KEYS[1]), '0', 0
for at = 1, #info, 2 do
  if ARGV[2] == 'latest' and info[at] == 'entries-added' then read = info[at + 1] end
  if ARGV[2] == 'latest' and info[at] == 'last-generated-id' then from = info[at + 1] end
end
if ARGV[3] ~= '' then from, read = ARGV[3], -1 end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], from, 'ENTRIESREAD', read)
if made.err and not string.find(made.err, 'BUSYGROUP') then return made end
return 1`);

/** The group is there when this resolves, and knows where it begins; one that was deleted goes on where it stood. */
export async function needGroup(link: Link, topic: string, group: string, from: "latest" | "earliest", stood?: string): Promise<void> {
  const made = numberOf(await link.script(MAKE, [topic], [group, from, stood ?? ""]));
  if (made === 0) throw new Error(`there is no stream \`${topic}\`: ${MAKES_TOPICS}`);
}

export interface GroupState {
  readonly group: string;
  /** Delivered and not acknowledged. */
  readonly pending: number;
  /** Not delivered yet, as far as the server knows; null: it cannot say, because entries were deleted. */
  readonly ahead: number | null;
  readonly lastDelivered: string;
}

export async function groupsOf(link: Link, topic: string): Promise<readonly GroupState[]> {
  return listOf(await link.command("XINFO", "GROUPS", topic)).map((reply) => {
    const fields = fieldsOf(reply);
    return { group: textOf(fields.get("name")), pending: numberOf(fields.get("pending")) ?? 0, ahead: numberOf(fields.get("lag")), lastDelivered: textOf(fields.get("last-delivered-id")) };
  });
}

/** The last entry up to which the whole group has acknowledged everything; null: there is no group. */
export async function standsAt(link: Link, topic: string, group: string): Promise<string | null> {
  const state = (await groupsOf(link, topic)).find((one) => one.group === group);
  if (state === undefined) return null;
  const first = textOf(listOf(await link.command("XPENDING", topic, group))[1]);
  return first === "" ? state.lastDelivered : idBefore(first);
}

/** What it has not acknowledged, in flight or not. */
export const lagOf = async (link: Link, topic: string, state: GroupState): Promise<number> => state.pending + (await countBehind(link, topic, state));

/** Counted one by one up to here: after a restart the server's own figure may be wrong, as Redis 7 does not log how much a group has read. */
const EXACT = 20_000;
const COUNT_AT_ONCE = 2000;
const COUNT = scriptOf(`
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
return { #entries, #entries > 0 and entries[#entries][1] or '' }`);

async function countBehind(link: Link, topic: string, { lastDelivered, ahead }: GroupState): Promise<number> {
  let count = 0;
  for (let from = lastDelivered; ; ) {
    const [some, to] = listOf(await link.script(COUNT, [topic], [from, COUNT_AT_ONCE]));
    const found = numberOf(some) ?? 0;
    count += found;
    if (found < COUNT_AT_ONCE) return count;
    if (ahead !== null && count >= EXACT) return Math.max(count, ahead);
    from = textOf(to);
  }
}
