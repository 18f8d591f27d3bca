import type { AgentPlan, GuardPlan } from "../../../core/plan/flow-plan.js";
import { STRING, type Type } from "../../../core/type.js";
import { inherited, lineage, type Lineage } from "../../names/inherit.js";
import type { Declared } from "../../names/namespace.js";
import { resolveName } from "../../names/resolve.js";
import type { GuardDecl, Located } from "../../shape/ast.js";
import { UNKNOWN, type Expected } from "../expected.js";
import { checkCondition } from "../expression.js";
import { placeWith, type FlowCheck } from "../flow-check.js";
import { promptOf } from "../prompt.js";
import { allRaises, type Raises } from "../raises.js";
import { RUN } from "../run-type.js";
import { scopeOf } from "../scope.js";
import { shapeOf } from "../shape-of.js";
import { missingKey } from "./missing-key.js";
import { resolveModel } from "./models.js";
import { resolveTool } from "./tools.js";

export interface AgentInfo {
  /** The key in `FlowPlan.agents`. */
  readonly name: string;
  readonly input: Expected;
  readonly output: Type;
  /** A tool of its own writes. */
  readonly writes: boolean;
  /** The typed errors of its tools. */
  readonly errors: Raises;
  readonly queue: Located<string> | null;
}

/** An agent that a step names; null after a problem. */
export function resolveAgent(cx: FlowCheck, name: Located<string>): AgentInfo | null {
  const declared = resolveName(cx.problems, cx.document.names, "agents", name);
  return declared === null ? null : agentInfo(cx, declared);
}

export function agentInfo(cx: FlowCheck, declared: Declared<"agents">): AgentInfo | null {
  const old = cx.known.agents.get(declared);
  if (old !== undefined) return old;
  const chain = lineage(cx.problems, declared);
  const info = chain === null ? null : checkAgent(cx, chain);
  cx.known.agents.set(declared, info);
  return info;
}

function checkAgent(cx: FlowCheck, chain: Lineage<"agents">): AgentInfo | null {
  const [declared] = chain;
  const model = inherited(chain, (value) => value.model);
  if (model === null) {
    missingKey(cx, declared, "model");
    return null;
  }
  const models = model.value.map((name) => resolveModel(cx, model.from.home, name));
  const input = inputOf(cx, chain);
  const written = inherited(chain, (value) => value.output);
  const output = written === null ? null : shapeOf(cx, written.value, written.from.home);
  const place = placeWith(cx, scopeOf({ input: input.type, run: RUN }));
  const instructions = inherited(chain, (value) => value.instructions);
  const prompt = instructions === null ? [] : promptOf(cx, place, instructions.value, instructions.from.file.path);
  const named = inherited(chain, (value) => value.tools);
  const tools = (named?.value ?? []).map((name) => resolveTool(cx, named?.from.home ?? declared.home, name));
  const guards = inherited(chain, (value) => value.guards)?.value;
  const answer = placeWith(cx, scopeOf({ input: input.type, output: output?.type ?? STRING, run: RUN }));
  const limits = inherited(chain, (value) => value.limits)?.value ?? {};
  const { schema } = cx.shared.parts;
  const plan: AgentPlan = {
    kind: "reactive",
    models: models.filter((name) => name !== null),
    instructions: prompt,
    input: schema(`agents.${declared.name}.input`, input.schema()),
    ...(output === null ? {} : { output: schema(`agents.${declared.name}.output`, output.schema()) }),
    tools: tools.flatMap((tool) => (tool === null ? [] : [tool.name])),
    repair: inherited(chain, (value) => value.repair)?.value ?? 1,
    limits: { ...limits, turns: limits.turns ?? 10, timeout: limits.timeout ?? 60_000 },
    guards: {
      input: (guards?.input ?? []).map((guard) => guardPlan(place, guard)),
      output: (guards?.output ?? []).map((guard) => guardPlan(answer, guard)),
    },
  };
  return {
    name: cx.shared.parts.agent(declared.name, cx.owner, plan),
    input,
    output: output?.type ?? STRING,
    writes: tools.some((tool) => tool?.effect === "write"),
    errors: allRaises(tools.flatMap((tool) => (tool === null ? [] : [tool.errors]))),
    queue: inherited(chain, (value) => value.queue)?.value ?? null,
  };
}

const guardPlan = (place: Parameters<typeof checkCondition>[0], { check, onFail }: GuardDecl): GuardPlan => ({ check: checkCondition(place, check, "check").expr, onFail });

/** An agent in a flow file without `input` has the flow's input type. */
function inputOf(cx: FlowCheck, chain: Lineage<"agents">): Expected {
  const [declared] = chain;
  const what = `the input of \`${declared.name}\``;
  const input = inherited(chain, (value) => value.input);
  if (input !== null) return { ...shapeOf(cx, input.value, input.from.home), what, declared: input.value.span };
  if (chain.some(({ file }) => file.flow !== undefined)) return cx.input === null ? { ...UNKNOWN, what } : { ...cx.input, what };
  cx.problems.report("FC4011", declared.span, `The agent \`${declared.name}\` stands in a library and has no \`input\`: it is not known what it takes`, { hint: "add `input:`; only an agent in a flow file takes the flow's input by default" });
  return { ...UNKNOWN, what };
}
