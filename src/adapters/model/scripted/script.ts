import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";

/**
 * What a scripted model says, by agent. For each agent either
 *
 *   - one answer: given to every call,
 *   - a list of answers: one per call of the agent in one step of one run, the last for all further calls,
 *   - a list of rules `{ when, say }`, the last may be `{ else }`: the first that holds for the agent's input
 *     gives the answer or the list. So the choice depends on what is asked, never on which run comes first.
 *
 * An answer is plain data (a string is text, anything else JSON) or one of
 *
 *   { tool: name, args?: data }                       asks for a tool; { tools: [ … ] } for several at once
 *   { error: code, message?, retry_after?: "2s" }     fails as a provider does: rate_limit unavailable timeout refused
 *   { reply: data }                                   plain data that looks like one of these forms, or is a list
 *
 * each with `usage?: { in, out }` and `delay?: "50ms"`. Text may hold `{{input.a.b}}`, a field of the agent's input,
 * and `{{tools.name.a.0}}`, a part of that tool's last result; a string that is one such hole keeps its type.
 *
 * `when: { input.body: refund, tools.stock.count: 0 }`: all must hold. Text: the field contains it, in any case of
 * letters (lists and objects by their JSON); a number, true, false or null: is equal, an absent field is null;
 * a list: one of them holds.
 */
export type Script = ReadonlyMap<string, AgentScript>;

export type AgentScript =
  | { readonly kind: "rules"; readonly rules: readonly { readonly when: readonly Condition[]; readonly answers: Answers }[] }
  | { readonly kind: "answers"; readonly answers: Answers };

export interface Condition {
  readonly path: readonly string[];
  readonly accepts: readonly (string | number | boolean | null)[];
}

/** Never empty. */
export type Answers = readonly [ScriptedAnswer, ...ScriptedAnswer[]];

export interface ScriptedAnswer {
  readonly says:
    | { readonly kind: "data"; readonly data: Json }
    | { readonly kind: "tools"; readonly calls: readonly { readonly tool: string; readonly args: Json }[] }
    | { readonly kind: "error"; readonly code: ScriptedErrorCode; readonly message?: string; readonly retryAfterMs?: number };
  readonly usage?: { readonly in: number; readonly out: number };
  readonly delayMs: number;
}

const ERROR_CODES = ["rate_limit", "unavailable", "timeout", "refused", "invalid_output"] as const;
export type ScriptedErrorCode = (typeof ERROR_CODES)[number];

/** A mistake in a script: one sentence that names the place. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

export function readScript(answers: Json): Script {
  if (!isJsonObject(answers)) throw new ScriptError("must be an object with the answers of each agent under its name");
  return new Map(Object.entries(answers).map(([agent, script]) => [agent, agentScript(script, agent)]));
}

function agentScript(script: Json, place: string): AgentScript {
  if (!isList(script) || !script.some(isRule)) return { kind: "answers", answers: answersOf(script, place) };
  const rules = script.map((rule, index) => {
    const at = `${place}[${index}]`;
    if (!isRule(rule)) throw new ScriptError(`\`${at}\` must be \`{ when, say }\` or \`{ else }\`, like its neighbours`);
    if ("else" in rule) {
      if (index < script.length - 1) throw new ScriptError(`\`${at}\` is an \`else\`: only the last rule may be one`);
      return { when: [], answers: answersOf(rule["else"] ?? null, `${at}.else`) };
    }
    return { when: conditions(rule["when"] ?? null, `${at}.when`), answers: answersOf(rule["say"] ?? null, `${at}.say`) };
  });
  return { kind: "rules", rules };
}

const isRule = (item: Json): item is JsonObject => isJsonObject(item) && (hasExactly(item, ["when", "say"]) || hasExactly(item, ["else"]));

function conditions(when: Json, place: string): readonly Condition[] {
  if (!isJsonObject(when)) throw new ScriptError(`\`${place}\` must be an object of conditions, such as \`{ input.body: refund }\``);
  return Object.entries(when).map(([path, value]) => {
    const accepts = (isList(value) ? value : [value]).map((one) => {
      if (typeof one === "object" && one !== null) throw new ScriptError(`\`${place}\`: \`${path}\` must be text, a number, true, false, null, or a list of them`);
      return one;
    });
    return { path: pathOf(path, place), accepts };
  });
}

/** `input.a.0` or `tools.name.a`. */
export function pathOf(text: string, place: string): readonly string[] {
  const parts = text.trim().split(".");
  if (parts[0] !== "input" && parts[0] !== "tools") throw new ScriptError(`\`${place}\`: \`${text}\` must begin with \`input\` or \`tools\``);
  return parts;
}

function answersOf(answers: Json, place: string): Answers {
  const [first, ...rest] = isList(answers) ? answers.map((one, index) => answerOf(one, `${place}[${index}]`)) : [answerOf(answers, place)];
  if (first === undefined) throw new ScriptError(`\`${place}\` has no answer`);
  return [first, ...rest];
}

function answerOf(answer: Json, place: string): ScriptedAnswer {
  const plain: ScriptedAnswer = { says: { kind: "data", data: answer }, delayMs: 0 };
  if (!isJsonObject(answer)) return plain;
  const { usage, delay, ...rest } = answer;
  const says = saysOf(rest, place);
  if (says === null) return plain;
  return { says, delayMs: delay === undefined ? 0 : millis(delay, `${place}.delay`), ...(usage === undefined ? {} : { usage: usageOf(usage, place) }) };
}

function saysOf(form: JsonObject, place: string): ScriptedAnswer["says"] | null {
  if (hasExactly(form, ["reply"])) return { kind: "data", data: form["reply"] ?? null };
  if (isToolForm(form)) return { kind: "tools", calls: [{ tool: form.tool, args: form["args"] ?? {} }] };
  const tools = form["tools"];
  if (hasExactly(form, ["tools"]) && isList(tools) && tools.length > 0 && tools.every((call) => isJsonObject(call) && isToolForm(call))) {
    return { kind: "tools", calls: tools.flatMap((call) => (isJsonObject(call) && isToolForm(call) ? [{ tool: call.tool, args: call["args"] ?? {} }] : [])) };
  }
  const { error, message, retry_after: after, ...more } = form;
  if (typeof error !== "string" || Object.keys(more).length > 0) return null;
  const code = ERROR_CODES.find((known) => known === error);
  if (code === undefined) throw new ScriptError(`\`${place}\`: \`${error}\` is no error of a model; there are ${ERROR_CODES.join(", ")}`);
  return {
    kind: "error",
    code,
    ...(typeof message === "string" ? { message } : {}),
    ...(after === undefined ? {} : { retryAfterMs: millis(after, `${place}.retry_after`) }),
  };
}

const isToolForm = (form: JsonObject): form is JsonObject & { readonly tool: string } =>
  typeof form["tool"] === "string" && Object.keys(form).every((key) => key === "tool" || key === "args");

function usageOf(usage: Json, place: string): { readonly in: number; readonly out: number } {
  const { in: tokensIn, out: tokensOut } = isJsonObject(usage) ? usage : {};
  if (typeof tokensIn !== "number" || typeof tokensOut !== "number") throw new ScriptError(`\`${place}.usage\` must be \`{ in, out }\`, in tokens`);
  return { in: tokensIn, out: tokensOut };
}

function millis(duration: Json, place: string): number {
  const [, amount, unit] = typeof duration === "string" ? (/^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(duration) ?? []) : [];
  if (amount === undefined) throw new ScriptError(`\`${place}\` must be a duration such as "50ms" or "2s"`);
  return Number(amount) * (unit === "ms" ? 1 : unit === "s" ? 1000 : 60_000);
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const hasExactly = (object: JsonObject, keys: readonly string[]): boolean =>
  Object.keys(object).length === keys.length && keys.every((key) => Object.hasOwn(object, key));
