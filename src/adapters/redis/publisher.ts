import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { refuseLarge } from "../bus/refuse-large.js";
import { fieldsOfMessage } from "./entry.js";
import { scriptOf, type Link } from "./link.js";
import { IDS } from "./names.js";
import { listOf, numberOf, textOf } from "./reply.js";

/** A publication that is repeated under its id within this time is stored once. */
export const WINDOW_MS = 120_000;
/** Of one write. */
const MAX_MESSAGES = 1024;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** A message and the mark that it was stored are one: a mark that came first would lose it. Gives what was not stored: its number, and what its key holds. */
const PUBLISH = scriptOf(`
local kinds, refused, at, number = {}, {}, 3, 0
for _, key in ipairs(KEYS) do kinds[key] = redis.call('TYPE', key).ok end
while at <= #ARGV do
  local stream, id, count = KEYS[tonumber(ARGV[at])], ARGV[at + 1], tonumber(ARGV[at + 2])
  if kinds[stream] ~= 'stream' then
    refused[#refused + 1] = { number, kinds[stream] }
  elseif id == '' or redis.call('SET', ARGV[2] .. stream .. ':' .. id, '', 'NX', 'PX', ARGV[1]) then
    redis.call('XADD', stream, '*', unpack(ARGV, at + 3, at + 2 + count))
  end
  at, number = at + 3 + count, number + 1
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
  const streams = new Map<string, number>();
  const args: (string | number | Buffer)[] = [WINDOW_MS, IDS];
  for (const { message } of batch) {
    const stream = streams.get(message.topic) ?? streams.size + 1;
    streams.set(message.topic, stream);
    const fields = fieldsOfMessage(message);
    args.push(stream, windowId(message), fields.length, ...fields);
  }
  for (const reply of listOf(await link.script(PUBLISH, [...streams.keys()], args))) {
    const [number, kind] = listOf(reply);
    const sent = batch[numberOf(number) ?? -1];
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
