import { scriptOf, type Link } from "./link.js";
import { MEMBERS } from "./names.js";
import { listOf, numberOf, textOf } from "./reply.js";

/** An entry that was delivered to somebody before. */
export interface Recovered {
  readonly id: string;
  readonly fields: unknown;
  readonly attempt: number;
}
interface Page {
  readonly entries: readonly Recovered[];
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
}

/**
 * A page of what members have not acknowledged that are gone (their key is), or of everybody's where only one may read;
 * with `own` also what this member was sent and may never have seen. In the stream's order. A claimed entry counts as
 * delivered once more. Members that are gone and have nothing are removed from the group.
 */
const RECOVER = scriptOf(`
local stream, group, me, count = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[4])
local from, some = {}, false
for _, reply in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  local consumer = {}
  for at = 1, #reply, 2 do consumer[reply[at]] = reply[at + 1] end
  local name, gone = consumer.name, false
  if name ~= me then gone = redis.call('EXISTS', ARGV[7] .. name) == 0 end
  if consumer.pending == 0 then
    if gone then redis.call('XGROUP', 'DELCONSUMER', stream, group, name) end
  elseif gone or (name == me and ARGV[6] == '1') or (name ~= me and ARGV[5] == '1') then
    from[name], some = true, true
  end
end
if not some then return { '', {} } end
local page, entries = redis.call('XPENDING', stream, group, ARGV[3], '+', count), {}
for _, pending in ipairs(page) do
  local id, name, times = pending[1], pending[2], pending[4]
  if from[name] and name == me then
    local entry = redis.call('XRANGE', stream, id, id)[1]
    if entry then entries[#entries + 1] = { id, entry[2], times } else redis.call('XACK', stream, group, id) end
  elseif from[name] then
    local entry = redis.call('XCLAIM', stream, group, me, 0, id)[1]
    if entry then entries[#entries + 1] = { id, entry[2], times + 1 } end
  end
end
return { #page == count and page[count][1] or '', entries }`);

export async function recover(link: Link, of: { readonly topic: string; readonly group: string; readonly consumer: string; readonly after: string | null; readonly count: number; readonly all: boolean; readonly own: boolean }): Promise<Page> {
  const { topic, group, consumer, after, count, all, own } = of;
  const [next, entries] = listOf(await link.script(RECOVER, [topic], [group, consumer, after === null ? "-" : `(${after}`, count, all ? 1 : 0, own ? 1 : 0, MEMBERS]));
  return {
    next: textOf(next) === "" ? null : textOf(next),
    entries: listOf(entries).map((entry) => {
      const [id, fields, times] = listOf(entry);
      return { id: textOf(id), fields, attempt: numberOf(times) ?? 1 };
    }),
  };
}
