import type { Located, ToolDecl } from "../ast.js";
import { list, record } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must } from "../forms/keys.js";
import { choice, kind, laterKind } from "../forms/kinds.js";
import { CODE, DOTTED, HEADER, name, REFERENCE } from "../forms/names.js";
import { CONNECTION, DURATION, plain, whole, word } from "../forms/scalars.js";
import { CEL, DATA, TYPE } from "../forms/values.js";
import { ADDRESS } from "./address.js";
import { IDEMPOTENCY } from "./idempotency.js";
import { QUEUE_NAME } from "./queue.js";

const HTTP = keys("{ method, url, headers }", {
  method: must(word("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"), "The method. Input goes into the query for GET and DELETE, else it is the JSON body.", { example: "POST" }),
  url: must(ADDRESS, "The address. It may read `input`, `run` and secrets; fields used here are not sent again.", { example: '"https://pay.internal/charges/${input.id}"' }),
  headers: may(record("headers", HEADER, CONNECTION), "Headers. Secrets stand here as `${env:NAME}`.", { example: '{ authorization: "Bearer ${env:TOKEN}" }' }),
});

const ERROR = keys("{ status, type }", {
  status: may({ ...list(whole({ min: 400, max: 599 }), 1), minor: true }, "The statuses of an HTTP answer that mean this error.", { example: "[402]" }),
  type: may(TYPE, "The type of `error.data`: of the answer's body, or of what the module throws.", { example: "Decline" }),
});

const MODULE_TEXT = plain("a file and its export, `./file.ts#name`", "^.+#.+$");
const MODULE: Form<{ readonly path: Located<string>; readonly export: string }> = built(MODULE_TEXT, (text, node, at) => {
  const hash = text.value.lastIndexOf("#");
  if (hash > 0 && hash < text.value.length - 1) return { path: { value: text.value.slice(0, hash), span: text.span }, export: text.value.slice(hash + 1) };
  at.report("FC2017", node.span, `${at.what} wants a file and the name of its export, not \`${text.value}\``, { hint: `write \`${text.value.replace(/#$/, "")}#name\`, or \`#default\` for the default export` });
  return undefined;
});

const COMMON = {
  extends: may(name(REFERENCE), "Takes all keys of another tool but for those written here."),
  summary: may(plain(), "What the tool does, for the models that may call it.", { example: "Finds an order by its number." }),
  input: may(TYPE, "The type of its input.", { example: "Charge" }),
  output: may(TYPE, "The type of its output. Without it an HTTP answer's body is ignored; `string` takes it as text.", { example: "Receipt" }),
  effect: may(word("read", "write"), "Whether a call changes something. Writes are never repeated without an idempotency key.", { default: "read for GET and HEAD, else write" }),
  idempotency: may(IDEMPOTENCY, "How the tool recognises a call that is repeated: `header`, `{ header: Name }`, `{ field: name }`, `key` (modules), `native` or `none`.", { default: "none", example: "header" }),
  errors: may(record("errors by code", CODE, ERROR), "Errors of its own, which `catch` can name.", { example: "{ declined: { status: [402], type: Decline } }" }),
  verify: may(
    keys("{ tool, with }", {
      tool: must(name({ ...REFERENCE, called: "the name of a tool" }), "A read tool that says whether the effect happened: `{ happened, output? }`."),
      with: may(DATA, "Its input, from `input` and `key`.", { example: '{ key: "${key}" }' }),
    }),
    "How to find out whether a call whose answer was lost had its effect.",
    { example: '{ tool: outcome, with: { key: "${key}" } }' },
  ),
  compensate: may(
    keys("{ tool, with }", {
      tool: must(name({ ...REFERENCE, called: "the name of a tool" }), "The tool that undoes a call."),
      with: may(DATA, "Its input, from the call's `input`, `output` and `key`, and `error`, why it is undone.", { default: '"${output}"', example: '{ id: "${output.id}" }' }),
    }),
    "How a call is undone in a saga: an agent's calls, and steps without a `compensate` of their own.",
    { example: '{ tool: refund, with: { id: "${output.id}" } }' },
  ),
  approval: later(word("required"), "A person must agree to each call."),
  max_calls: later(whole({ min: 1 }), "The largest number of calls in a run."),
  heartbeat: later(DURATION, "A call that is silent for longer is dead."),
  cache: later(keys("{ ttl }", { ttl: must(DURATION, "How long an answer is kept.") }), "Keeps the answers of a read."),
  batch: later(keys("{ max, within }", { max: may(whole({ min: 1 }), "How many calls go together."), within: may(DURATION, "How long they wait for each other.") }), "Puts calls together."),
  queue: may(QUEUE_NAME, "Any worker of this queue does the steps of this tool that name no other.", { example: "payments" }),
  lock: later(CEL, "One holder of this text over all runs."),
};

type ToolForm = NonNullable<ToolDecl["form"]>;

export const TOOL: Form<ToolDecl> = choice<typeof COMMON, ToolForm, ToolDecl>({
  called: "a tool",
  common: COMMON,
  leading: ["extends", "summary"],
  optional: true,
  kinds: [
    kind(
      "http",
      { http: must(HTTP, "The request.") },
      { description: "An HTTP request. Private addresses are reached only where the project file's `network.allow` lists them.", example: '{ http: { method: GET, url: "https://api.internal/orders" }, input: Ref, output: Order }' },
      ({ http: { method, url, headers } }): ToolForm => ({ kind: "http", method, url, headers: headers ?? [] }),
    ),
    kind(
      "module",
      { module: must(MODULE, "The file and its export, relative to this file.", { example: "./tools/book.ts#book" }) },
      { description: "A function of a TypeScript or JavaScript file: `(input, ctx) => output`. It runs in a worker thread; `ctx` has `signal`, `key` and `log`.", example: "{ module: ./tools/book.ts#book, input: Order, output: Booking }" },
      (values): ToolForm => ({ kind: "module", ...values.module }),
    ),
    kind(
      "expr",
      { expr: must(DATA, "The output, from `input`.", { example: '{ length: "${size(input.text)}" }' }) },
      { description: "A computation without effects.", example: '{ expr: { length: "${size(input.text)}" }, input: Text, output: Length }' },
      ({ expr }): ToolForm => ({ kind: "expr", value: expr }),
    ),
    laterKind("mcp", { mcp: must(plain("`server/tool`"), "The server and its tool.") }, { description: "A tool of an MCP server, pinned in `flowctl.lock`.", example: "{ mcp: files/read }" }),
    laterKind("call", { call: must(plain("`flow@major`"), "The flow.") }, { description: "Another flow as a tool.", example: "{ call: pricing@1 }" }),
    laterKind("search", { search: must(plain("a knowledge base"), "The knowledge base.") }, { description: "Looks for passages in a knowledge base.", example: "{ search: help }" }),
    kind(
      "request",
      {
        request: must(
          keys("{ topic, reply, timeout }", {
            topic: must(name(DOTTED), "Where the request is sent: a declared topic."),
            reply: must(name(DOTTED), "Where the answer comes from: a declared topic."),
            timeout: may(DURATION, "How long one attempt waits for its answer.", { default: "30s", example: "5s" }),
          }),
          "The request and its answer.",
        ),
      },
      { description: "A service behind a topic, a flow with `reply:` for example: the input is a message, and the message that answers it is the output. A write unless `effect` says otherwise.", example: "{ request: { topic: quotes.asked, reply: quotes.given, timeout: 5s }, input: Ask, output: Quote, effect: read }" },
      ({ request: { topic, reply, timeout } }): ToolForm => ({ kind: "request", topic, reply, ...(timeout === undefined ? {} : { timeout }) }),
    ),
    laterKind("openapi", { openapi: must(plain("`file#operationId`"), "The description and its operation.") }, { description: "An operation of an OpenAPI description.", example: "{ openapi: ./pay.yaml#charge }" }),
    laterKind("table", { table: must(plain("a table"), "The table.") }, { description: "A table that a model may read.", example: "{ table: customers }" }),
  ],
  make: ({ effect, idempotency, errors, summary, ...rest }, form, _head, node) => ({
    span: node.span,
    ...rest,
    ...(summary === undefined ? {} : { summary: summary.value }),
    ...(form === undefined ? {} : { form }),
    ...(effect === undefined ? {} : { effect }),
    ...(idempotency === undefined ? {} : { idempotency }),
    errors: (errors ?? []).map(({ name, value: { status, type } }) => ({
      name,
      value: { status: (status ?? []).map(({ value }) => value), ...(type === undefined ? {} : { type }) },
    })),
  }),
});
