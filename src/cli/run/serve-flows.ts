import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { RunOptions } from "../commands/run.js";
import { siteName, type Role } from "../../core/queues.js";
import { EXIT, type ExitCode } from "../exit.js";
import type { CompiledFlows } from "../files/compile-flows.js";
import type { Project } from "../files/project.js";
import { wire, type Wired } from "../wire.js";
import type { StorageChoice } from "./choose-storage.js";
import { outsideOf } from "./outside.js";
import { onInterrupt } from "./interrupt.js";
import { endAtLast } from "./last-resort.js";
import { showRuns } from "./show-runs.js";
import { formatSummary } from "./summary.js";
import { watchFlows } from "./watch-flows.js";

/** `run` without `-i`: serves flows until it is stopped. What is under way then goes on when it is started again. */
export async function serveFlows(paths: readonly string[], { project, files }: CompiledFlows, plans: readonly FlowPlan[], options: RunOptions, starting: Disposable): Promise<ExitCode> {
  const outside = outsideOf(project, paths, plans, options);
  const { storage, role } = outside;
  await using closing = new AsyncDisposableStack();
  const wired = await wire(plans, outside);
  const interrupt = onInterrupt({ served: true }, starting);
  // Until all is closed: a second signal ends at once meanwhile.
  closing.defer(interrupt.off);
  closing.use(wired);
  const code = (): ExitCode => interrupt.was() ?? EXIT.ok;
  void interrupt.promise.then(() => endAtLast(code, null), () => undefined);
  wired.runtime.broken.catch((cause: unknown) => endAtLast(code, { cause }));
  const shown = await showRuns(wired, options, interrupt);
  let watching: ReturnType<typeof watchFlows> | null = null;
  try {
    await wired.runtime.start();
    await wired.serve();
    // Before anybody hears that it serves: a save after that is not missed.
    if (options.watch === true) watching = watchFlows(paths, options, files, wired, shown.say);
    shown.say(`serving ${names(plans)}${partOf(role)}, ${placeOf(storage)}, process ${process.pid}`);
    sayBroker(wired, project, shown.say);
    sayRequests(wired, project, shown.say);
    await sayOpen(wired, shown.say);
    await Promise.race([interrupt.promise, wired.runtime.broken]);
    await wired.runtime.close();
  } finally {
    // A watched folder would hold a process that cannot go on.
    watching?.close();
    await shown.end();
  }
  const stats = wired.runtime.stats();
  // Also of runs that an earlier process began.
  if (stats.messages + stats.runs + stats.completed + stats.failed + stats.cancelled + stats.compensated > 0) process.stderr.write(formatSummary(stats, options.output === "json"));
  return code();
}

function partOf(role: Role | undefined): string {
  if (role === undefined) return "";
  const parts = [...(role.orchestrates ? ["orchestrate"] : []), ...(role.queues ?? []).map((site) => `queue:${siteName(site)}`)];
  return ` (only ${parts.join(", ")})`;
}

function placeOf(storage: StorageChoice): string {
  if (storage.kind === "memory") return "in memory";
  return storage.kind === "sqlite" ? `store ${storage.path}` : `store on PostgreSQL, schema ${storage.ref.schema}`;
}

const names = (plans: readonly FlowPlan[]): string => (plans.length > 5 ? `${plans.length} flows` : plans.map(({ id }) => `\`${id}\``).join(", "));

function sayBroker({ warnings }: Wired, { file, diagnostics }: Project, say: (text: string) => void): void {
  if (file?.broker === undefined) return;
  say(`messages on ${file.broker.kind}`);
  for (const { code, message } of diagnostics) if (code === "FC6041" || code === "FC6042") say(`${code}: ${message}`);
  for (const warning of warnings) say(warning);
}

function sayRequests({ runtime, plans }: Wired, { diagnostics }: Project, say: (text: string) => void): void {
  const address = runtime.address();
  if (address === null) return;
  say(`requests at ${address}`);
  for (const { code, message } of diagnostics) if (code === "FC6032") say(`${code}: ${message}`);
  for (const { id, triggers } of plans()) for (const trigger of triggers) if (trigger.kind === "http") say(`  ${trigger.method} ${trigger.path} starts \`${id}\``);
}

async function sayOpen({ operator }: Wired, say: (text: string) => void): Promise<void> {
  // A word for who has started it: a store that went away meanwhile is waited for by those who need it.
  const counts = await operator.store.counts().catch(() => null);
  if (counts === null) return;
  const { running, parked } = counts;
  if (running > 0) say(`${running} ${running === 1 ? "run goes" : "runs go"} on where the last process left ${running === 1 ? "it" : "them"}`);
  if (parked > 0) say(`${parked} ${parked === 1 ? "run waits" : "runs wait"}: flowctl runs list --state parked`);
}
