import type { Again, RunEvent } from "../../../src/core/event.js";
import { stepsIn } from "../../../src/core/plan/blocks.js";
import { plainPath } from "../../../src/runtime/redrive/renewed.js";
import type { Remains } from "../simulate.js";

/**
 * I17: a run of a message that is sent again has the keys of the one before it, but for what that one has undone, and its
 * undos: under those keys nothing would happen any more.
 */
export function* checkRedriven({ events, flows }: Remains): Generator<string> {
  // What a step's own key is made of may differ from run to run.
  const own = new Set(flows.flatMap(({ plan }) => [...stepsIn(plan.body)].flatMap((step) => (step.kind === "tool" && step.key !== undefined ? [step.id] : []))));
  for (const [run, list] of events) {
    const again = againIn(list);
    const before = again === undefined ? undefined : events.get(again.after);
    if (again === undefined || before === undefined || isTold(list)) continue;
    const seen = endsOf(before).map((end) => keysOf(before.slice(0, end)));
    for (const [path, key] of keysOf(list).keys) {
      const problems = seen.map(({ keys, undone }) => {
        const old = keys.get(path);
        if (old === undefined) return null;
        if (undone.has(path)) return old === key ? `has the key under which ${again.after} had done it, and undone it` : null;
        return old !== key && !path.includes("!") && !own.has(path.slice(path.lastIndexOf("/") + 1)) ? `has another key than in ${again.after}, where it was not undone` : null;
      });
      const [problem] = problems;
      if (problem !== undefined && problem !== null && !problems.includes(null)) yield `${run}: ${path} ${problem} (I17)`;
    }
  }
}

/** As much of it as may have been there when the next one came: one that went on after its failure did so beside that, or before. */
function endsOf(list: readonly RunEvent[]): readonly number[] {
  const first = list.findIndex(({ type }) => type === "run.finished") + 1;
  return Array.from({ length: list.length - first + 1 }, (_, more) => first + more);
}

function againIn([admitted]: readonly RunEvent[]): Again | undefined {
  return admitted?.type === "run.admitted" ? (admitted.data.redrive?.again ?? admitted.data.parent?.again) : undefined;
}

/** The key of a queued step is of the run that waits for it, which undoes it and knows that. */
const isTold = ([admitted]: readonly RunEvent[]): boolean => admitted?.type === "run.admitted" && admitted.data.parent?.duty?.key !== undefined;

interface Keys {
  /** Of writes, and of undos at their paths. */
  readonly keys: ReadonlyMap<string, string>;
  /** With the paths of their undos. */
  readonly undone: ReadonlySet<string>;
}

function keysOf(list: readonly RunEvent[]): Keys {
  const keys = new Map<string, string>();
  const undone = new Set<string>();
  for (const { type, path = "", data } of list) {
    const at = plainPath(path);
    if (type === "step.started" && data.effect === "write" && data.key !== undefined && !path.includes("!")) keys.set(at, data.key);
    // A step that failed has not been applied, and goes on under another key.
    if (type === "run.reopened") keys.delete(plainPath(data.path));
    if (type === "compensation.started") {
      keys.set(at, data.key);
      undone.add(plainPath(data.of)).add(at);
    }
  }
  return { keys, undone };
}
