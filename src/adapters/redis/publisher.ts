import { MAKES_TOPICS } from "../../core/broker.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { knownBy } from "../bus/publication.js";
import { refuseLarge } from "../bus/refuse-large.js";
import { createRequestRoom } from "../bus/request-room.js";
import { createWriteQueue, MOST_CHARACTERS, type Sent } from "../bus/write-queue.js";
import { fieldsOfMessage } from "./entry.js";
import { isForbidden, scriptOf, type Link } from "./link.js";
import { IDS } from "./names.js";
import { listOf, numberOf, textOf } from "./reply.js";

/** Ids of so long are one set, and so many sets before the current one are looked at: for two minutes at least a publication that is repeated under its id is stored once. */
const SPAN_S = 60;
const SPANS = 2;

/**
 * A message and the mark that it was stored are one: a mark that came first would lose it. Marks are members of a set for
 * each minute: a key of its own for each, with a time to live, costs the server more than the message. Of each stream come
 * how many runs of messages with the same fields; of each run how many messages, names of fields, and where the id is
 * among a message's values; then the names, and the values message by message: each argument costs both sides as much as
 * a field does. Gives what was not stored: its number, and what its key holds.
 */
const PUBLISH = scriptOf(`
local prefix, span, spans, refused, at, number = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), {}, 4, 0
local now, call = math.floor(tonumber(redis.call('TIME')[1]) / span), redis.call
for _, stream in ipairs(KEYS) do
  local kind, runs, ids, known, fresh = call('TYPE', stream).ok, {}, {}, {}, {}
  local function key(ago) return prefix .. (now - ago) .. ':' .. stream end
  local left = tonumber(ARGV[at])
  at = at + 1
  for each = 1, left do
    local count, names, idAt = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local run = { count = count, names = names, idAt = idAt - 1, first = at + 3, width = math.max(names, idAt) }
    runs[each] = run
    at = at + 3 + names + count * run.width
    for value = run.first + names, at - 1, run.width do ids[#ids + 1] = ARGV[value + run.idAt] end
  end
  for ago = 0, spans do
    for one, is in ipairs(call('SMISMEMBER', key(ago), unpack(ids))) do
      if is == 1 then known[ids[one]] = true end
    end
  end
  -- Before anything is stored: where no mark may be kept it would be stored again by each try.
  if kind == 'stream' and call('SADD', key(0), '') == 1 then
    call('EXPIRE', key(0), (spans + 1) * span)
    for ago = spans + 1, spans + 2 do call('UNLINK', key(ago)) end
  end
  for _, run in ipairs(runs) do
    local names, add = run.names, { 'XADD', stream, '*' }
    local last = 3 + 2 * names
    for name = 1, names do add[2 + 2 * name] = ARGV[run.first + name - 1] end
    local value = run.first + names
    for _ = 1, run.count do
      local id = ARGV[value + run.idAt]
      if kind ~= 'stream' then
        refused[#refused + 1] = { number, kind }
      elseif id == '' or not known[id] then
        for name = 1, names do add[3 + 2 * name] = ARGV[value + name - 1] end
        call(unpack(add, 1, last))
        known[id] = true
        if id ~= '' then fresh[#fresh + 1] = id end
      end
      value, number = value + run.width, number + 1
    end
  end
  if #fresh > 0 then call('SADD', key(0), unpack(fresh)) end
end
return refused`);

/** `link`: its own, for what it sends may take long, and nothing else is to wait for it. */
export function createPublisher(link: Link, clock: Clock): (messages: readonly Outgoing[]) => Promise<void> {
  const room = createRequestRoom(clock, MOST_CHARACTERS);
  const send = (batch: readonly Sent[]): Promise<void> =>
    room.measured(charactersOf(batch), (ms) => {
      link.waits(ms);
      return writeEach(link, batch);
    });
  const queue = createWriteQueue(clock, send, room.bytes);
  return async (messages) => {
    refuseLarge(messages);
    await queue.publish(messages);
  };
}

const charactersOf = (batch: readonly Sent[]): number => batch.reduce((sum, { message: { body } }) => sum + body.length, 0);

/** What this user may not write to holds up nothing else: whose fault it is shows when each stream goes alone. */
async function writeEach(link: Link, batch: readonly Sent[]): Promise<void> {
  // A call's messages may be more than one write: what is held stays so, for the order.
  const part = batch.filter(({ call, message }) => !call.held.has(message.topic));
  if (part.length === 0) return;
  try {
    await write(link, part);
  } catch (thrown) {
    if (!isForbidden(thrown)) throw thrown;
    const streams = [...Map.groupBy(part, ({ message }) => message.topic)];
    if (streams.length > 1) for (const [, those] of streams) await writeEach(link, those);
    else for (const { call, message } of part) call.held.set(message.topic, `this user may not write there, or not to \`${IDS}*\` (${thrown.message})`);
  }
}

async function write(link: Link, batch: readonly Sent[]): Promise<void> {
  const streams = Map.groupBy(batch, ({ message }) => message.topic);
  const args: (string | number | Buffer)[] = [IDS, SPAN_S, SPANS];
  for (const those of streams.values()) {
    const runs = runsOf(those);
    args.push(runs.length);
    for (const { names, idAt, values } of runs) args.push(values.length / Math.max(names.length, idAt), names.length, idAt, ...names, ...values);
  }
  const refused = listOf(await link.script(PUBLISH, [...streams.keys()], args));
  if (refused.length === 0) return;
  const numbered = [...streams.values()].flat();
  for (const reply of refused) {
    const [number, kind] = listOf(reply);
    const sent = numbered[numberOf(number) ?? -1];
    if (sent === undefined) continue;
    const { topic, id } = sent.message;
    sent.call.refused.push({ id, reason: textOf(kind) === "none" ? `there is no stream \`${topic}\`: ${MAKES_TOPICS}` : `\`${topic}\` is a ${textOf(kind)} in Redis, not a stream` });
  }
}

/** Messages that follow each other and have the same fields. */
interface Run {
  readonly names: readonly string[];
  /** Which of a message's values is its id, from 1: one behind the fields' own where none of them is. */
  readonly idAt: number;
  readonly values: (string | Buffer)[];
}

function runsOf(those: readonly Sent[]): readonly Run[] {
  const runs: Run[] = [];
  for (const { message } of those) {
    const { names, values } = fieldsOfMessage(message);
    const id = knownBy(message);
    const among = values.indexOf(id) + 1;
    const idAt = among === 0 ? names.length + 1 : among;
    const last = runs.at(-1);
    const run = last !== undefined && last.idAt === idAt && isSame(last.names, names) ? last : { names, idAt, values: [] };
    if (run !== last) runs.push(run);
    run.values.push(...values);
    if (among === 0) run.values.push(id);
  }
  return runs;
}

const isSame = (some: readonly string[], others: readonly string[]): boolean => some.length === others.length && some.every((name, at) => name === others[at]);
