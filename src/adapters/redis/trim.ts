import type { Clock } from "../../core/ports/clock.js";
import { scriptOf, type Link } from "./link.js";
import { KEPT } from "./names.js";
import { numberOf } from "./reply.js";

const EVERY_MS = 60_000;
/** Removed by one step, about: the server does nothing else meanwhile. */
const AT_ONCE = 20_000;

/**
 * Removes what is older than `topics apply` said it is kept and what every group has acknowledged: an entry that a group
 * has not read, or holds, stays, with all behind it. A stream that `topics apply` did not make is left alone.
 */
const TRIM = scriptOf(`
local kept = tonumber(redis.call('HGET', KEYS[2], KEYS[1]) or '0')
if kept == 0 or redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local now = redis.call('TIME')
local ms, seq = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000) - kept, 0
for _, reply in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for at = 1, #reply, 2 do group[reply[at]] = reply[at + 1] end
  local first = group['last-delivered-id']
  if group.pending > 0 then first = redis.call('XPENDING', KEYS[1], group.name)[2] end
  local itsMs, itsSeq = string.match(first, '(%d+)-(%d+)')
  itsMs, itsSeq = tonumber(itsMs), tonumber(itsSeq)
  if itsMs < ms or (itsMs == ms and itsSeq < seq) then ms, seq = itsMs, itsSeq end
end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f-%.0f', ms, seq), 'LIMIT', ARGV[1])`);

/** Gives how many entries are gone. */
export async function trimTopic(link: Pick<Link, "script">, topic: string): Promise<number> {
  let gone = 0;
  for (;;) {
    const some = numberOf(await link.script(TRIM, [topic, KEPT], [AT_ONCE])) ?? 0;
    gone += some;
    if (some === 0) return gone;
  }
}

/** Each topic that this process reads or writes, now and then. */
export function startTrimming(link: Pick<Link, "script">, clock: Clock): { of(topic: string): void; stop(): void } {
  const topics = new Set<string>();
  let stopped = false;
  let cancel = clock.after(EVERY_MS, () => void trim());
  async function trim(): Promise<void> {
    for (const topic of topics) {
      // The server is away, or the key is no stream any more: the next time will do, and the others have theirs.
      if (!stopped) await trimTopic(link, topic).catch(() => 0);
    }
    if (!stopped) cancel = clock.after(EVERY_MS, () => void trim());
  }
  return {
    of: (topic) => void topics.add(topic),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
