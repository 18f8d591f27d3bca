import type { Clock } from "../../core/ports/clock.js";
import { scriptOf, type Link } from "./link.js";
import { numberOf } from "./reply.js";

/** I11: renewed so often, gone after so long, and nothing is done so long after the last renewal. */
const RENEW_MS = 2500;
const TTL_MS = 10_000;
const FENCE_MS = 7000;
/** How often who waits looks. */
const LOOK_MS = 500;

/** All keys, or none. */
const TAKE = scriptOf(`
for _, key in ipairs(KEYS) do
  local owner = redis.call('GET', key)
  if owner and owner ~= ARGV[1] then return 0 end
end
local had = redis.call('EXISTS', unpack(KEYS)) == #KEYS
for _, key in ipairs(KEYS) do
  -- A full server sets nothing, and is emptied by those who read: they stay what they are.
  if redis.call('PEXPIRE', key, ARGV[2]) == 0 then redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
end
return had and 2 or 1`);
const RELEASE = scriptOf(`
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end`);

/** Keys that are this member's while it renews them: that it lives, and, in order, that it is the one who reads. */
export interface Hold {
  /** Whether this member may act now. */
  isHeld(): boolean;
  /** Why nobody can say whose they are; null: the server answers. */
  trouble(): Error | null;
  release(): Promise<void>;
}

/** `taken` is said each time anew; who lost it in between holds nothing of what it had. */
export async function contendFor(link: Link, clock: Clock, keys: readonly string[], owner: string, taken: () => void): Promise<Hold> {
  let held = false;
  let confirmedAt = 0;
  let closed = false;
  let trouble: Error | null = null;
  let cancel = (): void => undefined;

  const isHeld = (): boolean => held && clock.monotonic() - confirmedAt <= FENCE_MS;
  async function take(): Promise<void> {
    const began = clock.monotonic();
    const answer = numberOf(await link.script(TAKE, keys, [owner, TTL_MS]));
    const had = isHeld();
    held = answer !== 0 && !closed;
    confirmedAt = began;
    // Keys that were gone for a moment may have been somebody else's meanwhile.
    if (held && !(had && answer === 2)) taken();
  }
  async function turn(): Promise<void> {
    if (!isHeld() || clock.monotonic() - confirmedAt > RENEW_MS) {
      try {
        await take();
        trouble = null;
      } catch (thrown) {
        // The server is away: looked at again; who holds it stops by itself.
        trouble = thrown instanceof Error ? thrown : new Error(String(thrown));
      }
    }
    if (!closed) cancel = clock.after(LOOK_MS, () => void turn());
  }
  await take();
  cancel = clock.after(LOOK_MS, () => void turn());
  return {
    isHeld,
    trouble: () => trouble,
    async release() {
      closed = true;
      cancel();
      held = false;
      await link.script(RELEASE, keys, [owner]);
    },
  };
}
