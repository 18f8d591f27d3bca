import { fromText } from "../core/bytes.js";
import type { RunStatus } from "../core/event.js";
import type { Json, JsonObject } from "../core/json.js";
import type { Outgoing } from "../core/ports/bus.js";
import type { Fork, Operator } from "../core/ports/operator.js";
import type { Ended, RunRequest, RunStateFilter } from "../core/ports/store.js";
import { BadRequest, choice, count, list, object, optional, optionalText, text } from "./body.js";
import { MOST_MESSAGES, MOST_ROWS } from "./protocol.js";

/** What a server answers with: the parts of the process that serves. */
export type ControlParts = Pick<Operator, "topics" | "request" | "fork" | "publish" | "putBody" | "deleteDeadLetters" | "prune" | "purge"> & { readonly store: Omit<Operator["store"], typeof Symbol.asyncDispose> };

type Call = (parts: ControlParts, body: JsonObject) => Promise<unknown>;

const STATES: readonly RunStateFilter[] = ["running", "parked", "incident", "completed", "failed", "cancelled", "compensated", "resolved"];

/** Every call but `read` and `watch`, which stream. */
export const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["run", ({ store }, body) => store.run(text(body, "run"))],
  ["runs", ({ store }, body) => store.runs({ ...optional(body, "flow"), ...(body["state"] === undefined ? {} : { state: choice(body, "state", STATES) }), ...optional(body, "before"), limit: count(body, "limit", MOST_ROWS) })],
  ["runs-like", ({ store }, body) => store.runsLike(text(body, "prefix"))],
  ["plan", ({ store }, body) => store.plan(text(body, "hash"))],
  ["dead-letters", ({ store }, body) => store.deadLetters({ ...optional(body, "flow"), ...optional(body, "id"), ...optional(body, "before"), limit: count(body, "limit", MOST_ROWS) })],
  ["counts", ({ store }) => store.counts()],
  ["backlog", ({ store }) => store.backlog()],
  ["lock-head", ({ store }, body) => store.lockHead(text(body, "lock"))],
  ["table-row", ({ store }, body) => store.tableRow(text(body, "table"), text(body, "key"), timeOf(body))],
  ["table-rows", ({ store }, body) => store.tableRows(text(body, "table"), { ...optional(body, "after"), limit: count(body, "limit", MOST_ROWS) }, timeOf(body))],
  ["budgets", ({ store }, body) => store.budgets({ ...optional(body, "scope"), limit: count(body, "limit", MOST_ROWS) })],
  ["tables", ({ store }, body) => store.tables(timeOf(body))],
  ["body", ({ store }, body) => store.body(text(body, "key"))],
  ["prunable", ({ store }, body) => store.prunable(endedOf(body))],
  ["prune", ({ prune }, body) => prune(endedOf(body))],
  ["purge", ({ purge }, body) => purge({ flow: text(body, "flow"), key: text(body, "key") })],
  ["topics", ({ topics }) => topics.topics()],
  ["messages", ({ topics }, body) => topics.messages(text(body, "topic"), body["last"] === undefined ? { after: count(body, "after", Number.MAX_SAFE_INTEGER), limit: count(body, "limit", MOST_ROWS) } : { last: count(body, "last", MOST_ROWS) })],
  ["request", ({ request }, body) => request(text(body, "run"), requestOf(object(body["request"], "request")), text(body, "by"))],
  ["fork", ({ fork }, body) => fork(text(body, "run"), forkOf(body))],
  ["publish", async ({ publish }, body) => publish(list(body, "messages", MOST_MESSAGES).map(outgoing))],
  ["put-body", async ({ putBody }, body) => putBody({ key: text(body, "key"), body: text(body, "body"), until: count(body, "until", Number.MAX_SAFE_INTEGER) })],
  ["delete-dead-letters", async ({ deleteDeadLetters }, body) => deleteDeadLetters(list(body, "ids", MOST_ROWS).map((id) => text({ id }, "id")))],
]);

const timeOf = (body: JsonObject): number => count(body, "now", Number.MAX_SAFE_INTEGER);

const ENDED: readonly RunStatus[] = ["completed", "failed", "cancelled", "compensated", "resolved"];

const endedOf = (body: JsonObject): Ended => ({ ...optional(body, "flow"), ...(body["state"] === undefined ? {} : { state: choice(body, "state", ENDED) }), before: count(body, "before", Number.MAX_SAFE_INTEGER) });

function requestOf(body: JsonObject): RunRequest {
  const kind = choice(body, "kind", ["answer", "signal", "cancel", "resolve", "reopen"]);
  switch (kind) {
    case "answer":
      return { kind, path: text(body, "path"), payload: present(body, "payload") };
    case "signal":
      return { kind, name: text(body, "name"), payload: present(body, "payload") };
    case "cancel": {
      const reason = optionalText(body, "reason");
      return reason === undefined ? { kind } : { kind, reason };
    }
    case "resolve": {
      const { output } = body;
      return { kind, path: text(body, "path"), action: choice(body, "action", ["retry", "skip", "resolve"]), ...(output === undefined ? {} : { output }) };
    }
    case "reopen":
      return { kind };
  }
}

function forkOf(body: JsonObject): Fork {
  const { at, input } = body;
  const plan = choice(body, "plan", ["pinned", "new"]);
  const point = at === null || at === undefined ? null : object(at, "at");
  const where = point === null ? null : "path" in point ? { path: text(point, "path") } : { seq: count(point, "seq", Number.MAX_SAFE_INTEGER) };
  return { at: where, plan, ...(input === undefined ? {} : { input }) };
}

function present(body: JsonObject, name: string): Json {
  const value = body[name];
  if (value === undefined) throw new BadRequest(`\`${name}\` is missing`);
  return value;
}

/** As brokers take it: what is listed on terminals holds no control characters. */
function topicOf(message: JsonObject): string {
  const topic = text(message, "topic");
  if (topic === "" || topic.length > 249 || /\p{Cc}/u.test(topic)) throw new BadRequest("a topic's name has 1 to 249 characters, none of them a control character");
  return topic;
}

function outgoing(value: Json): Outgoing {
  const message = object(value, "messages[]");
  const headers: Record<string, string> = {};
  for (const [name, header] of Object.entries(object(message["headers"] ?? {}, "headers"))) headers[name] = text({ header }, "header");
  return fromText({ topic: topicOf(message), key: message["key"] === null ? null : text(message, "key"), id: text(message, "id"), headers, body: text(message, "body") });
}
