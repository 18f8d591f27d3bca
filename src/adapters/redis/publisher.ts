import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { refuseLarge } from "../bus/refuse-large.js";
import { fieldsOfMessage } from "./entry.js";
import { scriptOf, type Link } from "./link.js";
import { IDS } from "./names.js";
import { listOf, numberOf, textOf } from "./reply.js";

/** Ids of so long are one set, and so many sets before the current one are looked at: for two minutes at least a publication that is repeated under its id is stored once. */
const SPAN_S = 60;
const SPANS = 2;
/** Of one write. */
const MAX_MESSAGES = 1024;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/**
 * A message and the mark that it was stored are one: a mark that came first would lose it. Marks are members of a set for
 * each minute: a key of its own for each, with a time to live, costs the server more than the message. Of each stream come
 * the ids, then of each message how many fields it has, and these. Gives what was not stored: its number, and what its key holds.
 */
const PUBLISH = scriptOf(`
local prefix, span, spans, refused, at, number = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), {}, 4, 0
local now = math.floor(tonumber(redis.call('TIME')[1]) / span)
for _, stream in ipairs(KEYS) do
  local kind, count, known, fresh = redis.call('TYPE', stream).ok, tonumber(ARGV[at]), {}, {}
  local function key(ago) return prefix .. (now - ago) .. ':' .. stream end
  for ago = 0, spans do
    for one, is in ipairs(redis.call('SMISMEMBER', key(ago), unpack(ARGV, at + 1, at + count))) do
      if is == 1 then known[ARGV[at + one]] = true end
    end
  end
  local first = at
  at = at + count + 1
  for one = 1, count do
    local id, fields = ARGV[first + one], tonumber(ARGV[at])
    if kind ~= 'stream' then
      refused[#refused + 1] = { number, kind }
    elseif id == '' or not known[id] then
      redis.call('XADD', stream, '*', unpack(ARGV, at + 1, at + fields))
      known[id] = true
      if id ~= '' then fresh[#fresh + 1] = id end
    end
    at, number = at + fields + 1, number + 1
  end
  if #fresh > 0 then
    if redis.call('EXISTS', key(0)) == 0 then
      for ago = spans + 1, spans + 2 do redis.call('UNLINK', key(ago)) end
      redis.call('SADD', key(0), fresh[1])
      redis.call('EXPIRE', key(0), (spans + 1) * span)
    end
    redis.call('SADD', key(0), unpack(fresh))
  end
end
return refused`);

interface Call {
  readonly messages: readonly Outgoing[];
  /** How many of them were sent. */
  sent: number;
  readonly refused: { readonly id: string; readonly reason: string }[];
  readonly done: PromiseWithResolvers<void>;
}
interface Sent {
  readonly message: Outgoing;
  readonly call: Call;
}

/** One write after the other: what is asked for meanwhile shares the next one (I40), and nothing overtakes what failed (I22). */
export function createPublisher(link: Link, clock: Clock): (messages: readonly Outgoing[]) => Promise<void> {
  let waiting: Call[] = [];
  let sending = false;

  async function send(): Promise<void> {
    // What is published in the same turn shares the first write too.
    await new Promise<void>((resolve) => clock.soon(resolve));
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      try {
        await write(link, batch);
      } catch (thrown) {
        // Those behind must not overtake what will be published again.
        for (const { done } of waiting.splice(0)) done.reject(thrown);
        break;
      }
      const ended = waiting.findIndex(({ messages, sent }) => sent < messages.length);
      for (const { done, refused } of waiting.splice(0, ended < 0 ? waiting.length : ended)) {
        if (refused.length > 0) done.reject(new PublishRefused(refused));
        else done.resolve();
      }
    }
    sending = false;
  }
  return async (messages) => {
    refuseLarge(messages);
    if (messages.length === 0) return;
    const call: Call = { messages, sent: 0, refused: [], done: Promise.withResolvers() };
    waiting.push(call);
    if (!sending) {
      sending = true;
      void send();
    }
    await call.done.promise;
  };
}

async function write(link: Link, batch: readonly Sent[]): Promise<void> {
  const streams = Map.groupBy(batch, ({ message }) => message.topic);
  const args: (string | number | Buffer)[] = [IDS, SPAN_S, SPANS];
  for (const those of streams.values()) {
    args.push(those.length);
    for (const { message } of those) args.push(windowId(message));
    for (const { message } of those) {
      const fields = fieldsOfMessage(message);
      args.push(fields.length, ...fields);
    }
  }
  const refused = listOf(await link.script(PUBLISH, [...streams.keys()], args));
  if (refused.length === 0) return;
  const numbered = [...streams.values()].flat();
  for (const reply of refused) {
    const [number, kind] = listOf(reply);
    const sent = numbered[numberOf(number) ?? -1];
    if (sent === undefined) continue;
    const { topic, id } = sent.message;
    sent.call.refused.push({ id, reason: textOf(kind) === "none" ? `there is no stream \`${topic}\`: \`flowctl topics apply\` makes it` : `\`${topic}\` is a ${textOf(kind)} in Redis, not a stream` });
  }
}

/** In order; a long call may be cut. */
function takeBatch(waiting: readonly Call[]): readonly Sent[] {
  const batch: Sent[] = [];
  let characters = 0;
  for (const call of waiting) {
    while (call.sent < call.messages.length) {
      if (batch.length >= MAX_MESSAGES || characters > MAX_CHARACTERS) return batch;
      const message = call.messages[call.sent];
      call.sent += 1;
      if (message === undefined) continue;
      batch.push({ message, call });
      characters += message.body.length;
    }
  }
  return batch;
}

/** A message that is redriven keeps its id and is another message. */
function windowId({ id, headers }: Outgoing): string {
  const redrive = headers["flowctl-redrive"];
  return id === "" || redrive === undefined ? id : `${id}\n${redrive}`;
}
