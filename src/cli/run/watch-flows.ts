import { InfraError } from "../../core/errors.js";
import { messageOf } from "../../core/message-of.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { isSamePlan } from "../../core/plan/same-plan.js";
import type { RunOptions } from "../commands/run.js";
import { compileFlows } from "../files/compile-flows.js";
import { watchFiles } from "../files/watch-files.js";
import type { Wired } from "../wire.js";
import { validPlans } from "./valid-plans.js";

/** Compiles again whenever a file of the flows is saved: new runs take what is valid, and errors are told and change nothing. */
export function watchFlows(paths: readonly string[], options: RunOptions, files: Iterable<string>, wired: Wired, say: (text: string) => void): { close(): void } {
  const known = new Map<string, FlowPlan>();
  /** Problems are told once, however often the file is saved. */
  let told = "";
  const isNews = (problem: string): boolean => {
    const news = problem !== told;
    told = problem;
    return news;
  };
  let taking = Promise.resolve();
  const watching = watchFiles(() => {
    taking = taking.then(take).catch((error: unknown) => {
      const message = problemOf(error);
      if (isNews(message)) say(message);
    });
  });
  const take = async (): Promise<void> => {
    const compiled = await compileFlows(paths, options);
    watching.follow(compiled.files);
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    if (!isNews(errors.length === 0 ? "" : JSON.stringify(errors)) && errors.length > 0) return;
    const plans = await validPlans(compiled);
    if (plans === null) return say("the flows go on as they were");
    for (const plan of plans) {
      const before = known.get(plan.id);
      if (before !== undefined && isSamePlan(before, plan)) continue;
      try {
        await wired.replace(plan);
      } catch (error) {
        say(`\`${plan.id}\` goes on as it was: ${problemOf(error)}`);
        continue;
      }
      say(before?.hash !== plan.hash ? `new runs of \`${plan.id}\` take version ${plan.hash.slice(0, 8)}` : `\`${plan.id}\` has other endpoints, and calls them from now on`);
      known.set(plan.id, plan);
    }
  };
  for (const plan of wired.plans()) known.set(plan.id, plan);
  watching.follow(files);
  return watching;
}

/** In one line, with what to do. */
function problemOf(error: unknown): string {
  if (error instanceof InfraError) return `${error.code}: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}`;
  return messageOf(error);
}
