import { scriptOf, type Link } from "./link.js";
import { leaseKey } from "./names.js";
import { listOf, textOf } from "./reply.js";

/** An entry that nobody of the group was sent before: its id, and its fields. */
export type Fresh = readonly [id: string, fields: unknown];

interface ReadOf {
  readonly topic: string;
  readonly group: string;
  readonly consumer: string;
  readonly count: number;
}

/** A read waits at the server for so long. */
const BLOCK_MS = 1000;

/** Waits for entries, and takes them: the members of the group share. */
export async function readShared(reader: Link, { topic, group, consumer, count }: ReadOf): Promise<readonly Fresh[]> {
  const [stream] = listOf(await reader.command("XREADGROUP", "GROUP", group, consumer, "COUNT", count, "BLOCK", BLOCK_MS, "STREAMS", topic, ">"));
  return entriesOf(listOf(stream)[1]);
}

/** Takes what is there, only while the lease is this member's: who lost it meanwhile moves the group no further. Else where the stream ends; null without the lease. */
const READ = scriptOf(`
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return false end
local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
if read then return read[1][2] end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for at = 1, #info, 2 do if info[at] == 'last-generated-id' then return info[at + 1] end end`);

/** I18, the fence: one member reads everything. */
export async function readAlone(link: Link, reader: Link, { topic, group, consumer, count }: ReadOf): Promise<readonly Fresh[]> {
  const reply = await link.script(READ, [topic, leaseKey(topic, group)], [group, consumer, count]);
  if (Array.isArray(reply)) return entriesOf(reply);
  const end = textOf(reply);
  // Takes nothing: only to know when there is something.
  if (end !== "") await reader.command("XREAD", "COUNT", 1, "BLOCK", BLOCK_MS, "STREAMS", topic, end);
  return [];
}

const entriesOf = (reply: unknown): readonly Fresh[] =>
  listOf(reply).map((entry) => {
    const [id, fields] = listOf(entry);
    return [textOf(id), fields];
  });
