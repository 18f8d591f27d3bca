import { InfraError } from "../../core/errors.js";
import type { Target } from "./entrance.js";

/** FC6058: messages go to a topic that other processes read too, so that one of them would take what is fed here. `own`: 1 where this process is counted by now. */
export async function needAlone(targets: readonly Target[], serving: () => Promise<number>, own: 0 | 1): Promise<void> {
  const topic = targets.find(({ kind }) => kind === "topic");
  if (topic === undefined) return;
  const others = (await serving()) - own;
  if (others <= 0) return;
  throw new InfraError("FC6058", `${others === 1 ? "Another process serves" : `${others} other processes serve`} this store, and would take what \`-i\` feeds to \`${topic.name}\`: nothing was published.`, {
    hint: `Let them do it: \`flowctl topics publish ${topic.name} …\`, then \`flowctl runs list\`. Or start a run by hand here: \`-i FLOW=…\`, with the flow's input.`,
  });
}
