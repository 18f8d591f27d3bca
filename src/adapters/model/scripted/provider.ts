import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse } from "yaml";
import { InfraError, StepError } from "../../../core/errors.js";
import { isJsonObject, type Json } from "../../../core/json.js";
import type { Model, ModelAnswer, ModelProvider, ModelRequest } from "../../../core/ports/model.js";
import { estimateTokens } from "../estimate-tokens.js";
import { fill, holds, sceneOf, type Scene } from "./scene.js";
import { readScript, ScriptError, type Answers, type Script, type ScriptedAnswer } from "./script.js";

/**
 * Models that answer from a script (./script.ts has its form): `answers` is the script itself, or the path of a
 * YAML or JSON file with it, relative to the file that declares the model. Nothing is random and nothing is kept between runs.
 */
export function scriptedProvider(): ModelProvider {
  return {
    async open(plan, { folder }) {
      const answers = plan.options["answers"];
      if (answers === undefined) {
        throw new InfraError("FC6004", `The scripted model \`${plan.model}\` has no \`answers\`.`, { hint: "Give it the path of a file, or the answers of each agent under its name." });
      }
      const place = typeof answers === "string" ? `\`${answers}\`` : `\`answers\` of the scripted model \`${plan.model}\``;
      try {
        return scriptedModel(readScript(typeof answers === "string" ? await fromFile(resolve(folder, answers)) : answers));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if ("code" in error && error.code === "ENOENT") throw new InfraError("FC6004", `The script ${place} is not there.`, { hint: "A path is relative to the file that says it.", cause: error });
        throw new InfraError("FC6004", `The script ${place} cannot be used: ${error.message}.`, { cause: error });
      }
    },
  };
}

async function fromFile(path: string): Promise<Json> {
  const value: Json = parse(await readFile(path, "utf8"));
  return value;
}

function scriptedModel(script: Script): Model {
  // Errors leave no trace in the messages: how many were given to a call that has not succeeded yet.
  const errorsGiven = new Map<string, number>();
  return {
    async complete(request, { signal, onText, caller }) {
      signal.throwIfAborted();
      const scene = sceneOf(caller.input, request.messages);
      const turn = request.messages.filter((message) => message.role === "assistant").length;
      const call = `${caller.run} ${caller.path.replace(/~\d+$/, "")} ${turn}`;
      const failed = errorsGiven.get(call) ?? 0;
      const answers = answersFor(script, caller.agent, scene);
      const answer = answers[Math.min(turn + failed, answers.length - 1)] ?? answers[0];
      if (answer.delayMs > 0) await pauseFor(answer.delayMs, signal);
      if (answer.says.kind === "error") {
        errorsGiven.set(call, failed + 1);
        if (errorsGiven.size > MOST_FAILING) errorsGiven.delete(errorsGiven.keys().next().value ?? call);
        const { code, message, retryAfterMs } = answer.says;
        throw new StepError(code, message ?? `the script answers \`${code}\``, retryAfterMs === undefined ? {} : { retryAfterMs });
      }
      errorsGiven.delete(call);
      const said = sayIt(answer, scene, request, turn);
      if (onText !== null) for (const piece of said.text.split(/(?<=\s)/)) onText(piece);
      return said;
    },
  };
}

/** Calls of runs that have failed for good are never heard of again. */
const MOST_FAILING = 10_000;

function answersFor(script: Script, agent: string, scene: Scene): Answers {
  const found = script.get(agent);
  if (found === undefined) throw new StepError("refused", `the script has no answers for the agent \`${agent}\``);
  if (found.kind === "answers") return found.answers;
  const rule = found.rules.find(({ when }) => holds(when, scene));
  if (rule === undefined) throw new StepError("refused", `the script has no rule for the agent \`${agent}\` with this input: add an \`else\``);
  return rule.answers;
}

function sayIt(answer: ScriptedAnswer, scene: Scene, request: ModelRequest, turn: number): ModelAnswer {
  const { says } = answer;
  const data = says.kind === "data" ? filled(says.data, scene) : null;
  const text = says.kind === "tools" ? "" : asAnswer(data, request);
  const toolCalls =
    says.kind === "tools" ? says.calls.map(({ tool, args }, index) => ({ id: `call_${turn}_${index}`, name: tool, args: filled(args, scene) })) : [];
  return {
    text,
    toolCalls,
    usage: answer.usage ?? { in: estimateTokens(request), out: estimateTokens([text, toolCalls]) },
    finish: toolCalls.length > 0 ? "tools" : "stop",
  };
}

/** Where JSON is asked for, text stands as it is written, so that a script can answer nonsense, unless it is what is asked for. */
function asAnswer(data: Json, { output }: ModelRequest): string {
  const wantsString = output !== undefined && isJsonObject(output.schema) && output.schema["type"] === "string";
  return typeof data === "string" && !wantsString ? data : JSON.stringify(data);
}

function filled(data: Json, scene: Scene): Json {
  try {
    return fill(data, scene);
  } catch (error) {
    if (error instanceof ScriptError) throw new StepError("refused", `the script is wrong: ${error.message}`, { cause: error });
    throw error;
  }
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
