import { createHash } from "node:crypto";
import { dirname, relative, resolve as absolute } from "node:path";
import type { Idempotency, ToolPlan } from "../../../core/plan/flow-plan.js";
import { BOOLEAN, NEVER, STRING, type Type } from "../../../core/type.js";
import { assignable } from "../../../core/typing/assign.js";
import { property } from "../../../core/typing/property.js";
import { inherited, lineage, type Lineage } from "../../names/inherit.js";
import type { Declared } from "../../names/namespace.js";
import { resolveName } from "../../names/resolve.js";
import { besideFile } from "../../names/source.js";
import type { Located, ToolDecl } from "../../shape/ast.js";
import { impliedData, typeData } from "../data.js";
import { ANYTHING, type Expected } from "../expected.js";
import type { Read } from "../checked.js";
import { fit } from "../fit.js";
import { placeWith, type FlowCheck } from "../flow-check.js";
import { noFile } from "../prompt.js";
import type { Raises } from "../raises.js";
import { RUN } from "../run-type.js";
import { scopeOf } from "../scope.js";
import { shapeOf } from "../shape-of.js";
import { resolveTopic, type TopicInfo } from "./topics.js";
import { checkIdempotency } from "./idempotency.js";
import { compensateOf } from "./compensate.js";
import { missingKey } from "./missing-key.js";
import { connection } from "./models.js";

export interface ToolInfo {
  /** The key in `FlowPlan.tools`. */
  readonly name: string;
  readonly kind: ToolPlan["kind"];
  readonly input: Expected;
  /** Null: it declares none, so there is nothing to read. */
  readonly output: Type | null;
  readonly effect: "read" | "write";
  readonly errors: Raises;
  /** What its `verify` answers; null: it has none. */
  readonly verify: "happened" | "output" | null;
  /** It says itself how a call is undone. */
  readonly compensated: boolean;
  readonly queue: Located<string> | null;
}

/** A tool that a step or an agent names; null after a problem. */
export function resolveTool(cx: FlowCheck, space: Declared<"tools">["home"], name: Located<string>): ToolInfo | null {
  const declared = resolveName(cx.problems, space, "tools", name);
  return declared === null ? null : toolInfo(cx, declared);
}

export function toolInfo(cx: FlowCheck, declared: Declared<"tools">): ToolInfo | null {
  const old = cx.known.tools.get(declared);
  if (old !== undefined) return old;
  // While it is being looked at: a tool whose `verify` leads back to it.
  cx.known.tools.set(declared, null);
  cx.known.openTools.add(declared);
  const chain = lineage(cx.problems, declared);
  const info = chain === null ? null : checkTool(cx, chain);
  cx.known.tools.set(declared, info);
  cx.known.openTools.delete(declared);
  return info;
}

function checkTool(cx: FlowCheck, chain: Lineage<"tools">): ToolInfo | null {
  const [declared] = chain;
  const form = inherited(chain, (value) => value.form);
  if (form === null) {
    missingKey(cx, declared, "http");
    return null;
  }
  const input = inputOf(cx, chain);
  const output = outputOf(cx, chain);
  const effect = inherited(chain, (value) => value.effect)?.value.value;
  const errors = inherited(chain, (value) => (value.errors.length === 0 ? undefined : value.errors));
  const types = new Map((errors?.value ?? []).map(({ name, value: { status, type } }) => [name.value, { status, shape: type === undefined ? null : shapeOf(cx, type, (errors?.from ?? declared).home) }]));
  const { schema } = cx.shared.parts;
  const summary = inherited(chain, (value) => value.summary)?.value;
  const verify = verifyOf(cx, chain, input, output);
  const undo = inherited(chain, (value) => value.compensate);
  const undoing = undo === null ? null : undoTool(cx, chain, undo.from.home, undo.value.tool);
  const compensate = undo === null || undoing === null ? null : compensateOf(cx, { name: declared.name, written: undo.value, input, output }, undoing);
  const queue = inherited(chain, (value) => value.queue)?.value ?? null;
  const idempotency = inherited(chain, (value) => value.idempotency)?.value;
  if (idempotency !== undefined) checkIdempotency(cx.problems, form.value.kind, idempotency);
  const common = {
    ...(summary === undefined ? {} : { summary }),
    input: schema(`tools.${declared.name}.input`, input.schema()),
    ...(output === null ? {} : { output: schema(`tools.${declared.name}.output`, output.schema()) }),
    idempotency: idempotency?.value ?? NO_IDEMPOTENCY,
    errors: Object.fromEntries([...types].map(([code, { status, shape }]) => [code, { status, ...(shape === null ? {} : { type: schema(`tools.${declared.name}.errors.${code}`, shape.schema()) }) }])),
    ...(verify === null ? {} : { verify: verify.plan }),
    ...(compensate === null ? {} : { compensate }),
    ...(queue === null ? {} : { queue: queue.value }),
  };
  const info = (name: string, kind: ToolPlan["kind"], does: "read" | "write", gives: Type | null): ToolInfo => ({
    name,
    kind,
    input,
    output: gives,
    effect: does,
    errors: new Map([...types].map(([code, { shape }]) => [code, shape?.type ?? null])),
    verify: verify?.answers ?? null,
    compensated: compensate !== null,
    queue,
  });
  const add = (plan: ToolPlan, binding: Parameters<typeof cx.shared.parts.tool>[3]): string => cx.shared.parts.tool(declared.name, cx.owner, plan, binding);
  switch (form.value.kind) {
    case "http": {
      const { method, url, headers } = form.value;
      const reads: Read[] = [];
      const place = { ...placeWith(cx, scopeOf({ input: input.type, run: RUN })), reads };
      const binding = { url: connection(cx, place, url), headers: Object.fromEntries(headers.map(({ name, value }) => [name.value, connection(cx, { ...place, reads: [] }, value)])) };
      const urlFields = [...new Set(reads.flatMap(({ path: [root, field] }) => (root === "input" && field !== undefined ? [field] : [])))];
      const does = effect ?? (["GET", "HEAD"].includes(method.value.toUpperCase()) ? "read" : "write");
      const answer = output === null ? "none" : isText(output.type) ? "text" : "json";
      return info(add({ kind: "http", ...common, effect: does, method: method.value.toUpperCase(), urlFields, answer }, binding), "http", does, output?.type ?? null);
    }
    case "module": {
      const path = besideFile(form.from.file.path, form.value.path.value);
      const text = cx.shared.world.sources.text(path);
      if (text === null) {
        cx.problems.report("FC3007", form.value.path.span, noFile(form.value.path.value, path), { hint: "a path is relative to the file that it stands in" });
        return null;
      }
      // From the flow's file, so that the plan does not depend on where flowctl runs.
      const file = relative(dirname(cx.shared.root), path);
      cx.shared.parts.module(file, createHash("sha256").update(text).digest("hex"), absolute(path));
      const does = effect ?? "write";
      return info(add({ kind: "module", ...common, effect: does, file, export: form.value.export }, null), "module", does, output?.type ?? null);
    }
    case "request": {
      const { topic, reply, timeout } = form.value;
      const to = resolveTopic(cx, topic, form.from.home);
      const from = resolveTopic(cx, reply, form.from.home);
      if (to === null || from === null) return null;
      carries(cx, topic, input.type, to);
      if (output !== null && from.message !== null) comes(cx, reply, output, from.message);
      const does = effect ?? "write";
      return info(add({ kind: "request", ...common, effect: does, topic: to.name, reply: from.name, timeout: timeout?.value ?? REPLY_MS }, null), "request", does, output?.type ?? null);
    }
    case "expr": {
      const value = typeData(placeWith(cx, scopeOf({ input: input.type, run: RUN })), form.value.value);
      if (value.data.data === "literal" && typeof value.data.value === "string" && /\binput\b/.test(value.data.value)) {
        cx.problems.report("FC4001", value.span, `The \`expr\` of \`${chain[0].name}\` is a text that names \`input\`, not an expression`, { hint: "put the expression in a hole: `expr: \"${input.amount * 2}\"`" });
      } else if (output !== null) fit(cx.problems, value, output);
      else if (value.absent) cx.problems.report("FC4004", value.span, `This may be absent, and \`${chain[0].name}\` gives a value`, { hint: "give it a value with `.orValue(…)`" });
      return info(add({ kind: "expr", ...common, effect: "read", value: value.data }, null), "expr", "read", output?.type ?? (value.failed ? NEVER : value.type));
    }
  }
}

/** How long an answer is waited for where the tool does not say. */
const REPLY_MS = 30_000;

/** What is sent is a message of its topic. */
function carries(cx: FlowCheck, topic: Located<string>, input: Type, { name, message }: TopicInfo): void {
  const mismatch = message === null ? null : assignable(input, message.type);
  if (mismatch !== null) cx.problems.report("FC4020", topic.span, `The tool's input is no message of \`${name}\`: ${mismatch.message}`, { hint: "give both one type" });
}

/** What the topic of the answers carries may be the output. */
function comes(cx: FlowCheck, reply: Located<string>, output: Expected, message: Expected): void {
  const mismatch = assignable(message.type, output.type);
  if (mismatch !== null) cx.problems.report("FC4020", reply.span, `A message of \`${reply.value}\` is not the tool's output: ${mismatch.message}`, { hint: "give both one type" });
}

/** What undoes a call; its own `compensate` must not lead back. */
function undoTool(cx: FlowCheck, [{ name: undone }]: Lineage<"tools">, space: Declared<"tools">["home"], name: Located<string>): ToolInfo | null {
  const declared = resolveName(cx.problems, space, "tools", name);
  if (declared === null) return null;
  if (!cx.known.openTools.has(declared)) return toolInfo(cx, declared);
  cx.problems.report("FC3016", name.span, `\`${undone}\` is undone by \`${name.value}\`, whose own \`compensate\` leads back to it`, { hint: "leave one of them out, and write that `compensate` at the steps" });
  return null;
}

const NO_IDEMPOTENCY: Idempotency = { kind: "none" };
const isText = (type: Type): boolean => type.kind === "string";

function inputOf(cx: FlowCheck, chain: Lineage<"tools">): Expected {
  const input = inherited(chain, (value) => value.input);
  const what = `the input of \`${chain[0].name}\``;
  return input === null ? { ...ANYTHING, what } : { ...shapeOf(cx, input.value, input.from.home), what, declared: input.value.span };
}

function outputOf(cx: FlowCheck, chain: Lineage<"tools">): Expected | null {
  const output = inherited(chain, (value) => value.output);
  return output === null ? null : { ...shapeOf(cx, output.value, output.from.home), what: `the output of \`${chain[0].name}\``, declared: output.value.span };
}

interface Verify {
  readonly plan: NonNullable<ToolPlan["verify"]>;
  readonly answers: "happened" | "output";
}

/** `verify` asks a read tool whether a write happened (I20): it takes the write's `input` and `key`. */
function verifyOf(cx: FlowCheck, chain: Lineage<"tools">, input: Expected, output: Expected | null): Verify | null {
  const verify = inherited(chain, (value: ToolDecl) => value.verify);
  if (verify === null) return null;
  const tool = resolveTool(cx, verify.from.home, verify.value.tool);
  if (tool === null) return null;
  const place = placeWith(cx, scopeOf({ input: input.type, key: STRING, run: RUN }));
  const data = verify.value.with === undefined ? impliedData(verify.value.tool.span, ["input"], input.type) : typeData(place, verify.value.with);
  fit(cx.problems, data, tool.input);
  return { plan: { tool: tool.name, with: data.data }, answers: checkAnswer(cx, verify.value.tool, tool, output) };
}

function checkAnswer(cx: FlowCheck, name: Located<string>, tool: ToolInfo, output: Expected | null): Verify["answers"] {
  if (tool.output?.kind === "never") return "output";
  const happened = tool.output === null ? null : property(tool.output, "happened");
  if (happened?.kind !== "field" || !happened.required || assignable(happened.type, BOOLEAN) !== null) {
    cx.problems.report("FC4012", name.span, `\`${name.value}\` cannot verify: its output needs \`happened: boolean\``, { hint: "it answers `{ happened: boolean, output? }`" });
    return "output";
  }
  const answer = tool.output === null ? null : property(tool.output, "output");
  if (answer?.kind !== "field" || output === null) return "happened";
  const mismatch = assignable(answer.type, output.type);
  if (mismatch !== null) cx.problems.report("FC4012", name.span, `The \`output\` that \`${name.value}\` answers is not that of the tool it verifies: ${mismatch.message}`);
  return answer.required ? "output" : "happened";
}
