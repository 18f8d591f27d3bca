import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import { isRunId } from "../../core/run-id.js";
import type { Admit } from "./task.js";

/** One that came over a topic, where others may write too; null: it is none. Throws for what is no JSON. What is taken is run by whoever has the shard: what a run cannot be made of would end one worker after the other. */
export function readTask(text: string): Admit | null {
  const body = parseJson(text);
  return isTask(body) ? body : null;
}

const isTask = (body: Json): body is Json & Admit => isJsonObject(body) && isAdmit(body);

const isAdmit = ({ do: what, child, plan, as, input, parent }: JsonObject): boolean =>
  what === "admit" && isText(child) && isRunId(child) && isText(plan) && isText(as) && input !== undefined && isJsonObject(parent) && isParent(parent);

const isParent = ({ run, path, depth, waits, key, traceparent, keys, again, queue, duty }: JsonObject): boolean =>
  isText(run) && isText(path) && isNumber(depth) && maybe(waits, isTrue) && [key, traceparent, keys, queue].every((one) => maybe(one, isText)) && maybe(again, isAgain) && maybe(duty, isDuty);

const isAgain = (again: Json): boolean => isJsonObject(again) && isText(again.after) && maybe(again.keys, isListOf(isKeysFrom));

const isKeysFrom = (keys: Json): boolean => isJsonObject(keys) && isText(keys.run) && isListOf(isText)(keys.paths) && maybe(keys.as, isText);

const isDuty = (duty: Json): boolean =>
  isJsonObject(duty) &&
  [duty.key, duty.agent].every((one) => maybe(one, isText)) &&
  maybe(duty.settles, isTrue) &&
  maybe(duty.must, isOneOf("forward", "undo")) &&
  maybe(duty.catching, isListOf((codes) => codes === null || isListOf(isText)(codes))) &&
  maybe(duty.budget, isBudget);

const isBudget = (budget: Json): boolean =>
  isJsonObject(budget) && isOneOf("enforce", "audit")(budget.mode) && [budget.tokens, budget.usd].every((one) => maybe(one, isNumber)) && maybe(budget.per, isOneOf("day")) && maybe(budget.over, isOver);

const isOver = (over: Json): boolean => isJsonObject(over) && isText(over.flow) && (over.key === null || (over.key !== undefined && isText(over.key)));

type Check = (value: Json) => boolean;

const isText = (value: Json | undefined): value is string => typeof value === "string";
const isNumber = (value: Json | undefined): boolean => typeof value === "number";
const isTrue: Check = (value) => value === true;
const isOneOf =
  (...words: readonly string[]) =>
  (value: Json | undefined): boolean =>
    isText(value) && words.includes(value);
const isListOf =
  (check: Check) =>
  (value: Json | undefined): boolean =>
    Array.isArray(value) && value.every(check);
const maybe = (value: Json | undefined, check: Check): boolean => value === undefined || check(value);
