import type { Wait } from "../../core/event.js";
import type { JsonObject } from "../../core/json.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { toData } from "../../expr/evaluate/to-data.js";
import type { RunContext } from "./context.js";

/** What an `ask` sends, the built-in type `Question`: made of what the journal holds, so the same at every try. */
export function questionOf({ run, plan }: RunContext, { path, question = "", show, until, output = "", ...wait }: Wait): JsonObject {
  return {
    id: `${run}/${path}`,
    run,
    flow: plan.id,
    path,
    question,
    ...(show === undefined ? {} : { show }),
    ...(wait.default === undefined ? {} : { default: wait.default }),
    ...(until === undefined ? {} : { until: toData(new Timestamp(until), "until") }),
    schema: plan.schemas[output] ?? true,
    answer: `flowctl runs answer ${run} '${path.replaceAll("'", "'\\''")}' JSON`,
  };
}
