import type { ModelPlan } from "../../../core/plan/flow-plan.js";

/** A model's own options as they are sent. */
interface SentOptions {
  /** Fields of the request as they stand. */
  readonly fields: Record<string, unknown>;
  /** LangChain leaves it out, or puts it at another place, unless it is given with each call. */
  readonly verbosity?: Verbosity;
}

const VERBOSITIES = ["low", "medium", "high"] as const;
type Verbosity = (typeof VERBOSITIES)[number];

/** Not of the provider: a profile may have made a scripted or recorded model one of OpenAI's. */
const OWN: ReadonlySet<string> = new Set(["structured_output", "answers", "file", "verbosity"]);

/** Responses have `reasoning: { effort }` for what chat calls `reasoning_effort`, and refuse that. */
export function sentOptions({ api, options }: ModelPlan): SentOptions {
  const { reasoning_effort: effort, ...others } = Object.fromEntries(Object.entries(options).filter(([name]) => !OWN.has(name)));
  const reasoning = api === "responses" ? { reasoning: { effort } } : { reasoning_effort: effort };
  const verbosity = VERBOSITIES.find((known) => known === options["verbosity"]);
  return { fields: effort === undefined ? others : { ...others, ...reasoning }, ...(verbosity === undefined ? {} : { verbosity }) };
}
