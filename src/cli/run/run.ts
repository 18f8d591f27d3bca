import type { Json } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import { PublishRefused, type Bus } from "../../core/ports/bus.js";
import type { RunOptions } from "../commands/run.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { compileFlows } from "../files/compile-flows.js";
import { formatDiagnostics } from "../validate/print.js";
import { print, wantsColor } from "../terminal.js";
import { RuntimeClosed, wire, type Wired } from "../wire.js";
import { chooseTarget, entrances, type Target } from "./entrance.js";
import { readFeed, type Feed } from "./feed.js";
import { startProgress } from "./progress.js";
import { resultLines } from "./results.js";
import { formatSummary } from "./summary.js";

/** Feeds messages through flows and prints what comes out. */
export async function run(paths: readonly string[], options: RunOptions): Promise<ExitCode> {
  const { project, flows, diagnostics, sources } = await compileFlows(paths, options);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    await print(formatDiagnostics("text", errors, sources, wantsColor(process.stderr)), process.stderr);
    return EXIT.findings;
  }
  const plans = flows.flatMap(({ plan }) => plan ?? []);
  if (plans.length === 0) throw new CommandError(EXIT.usage, "these files hold no flow", "a flow has `flow:` and `steps:`; a file without them is a library");
  if (options.input.length === 0) {
    throw new CommandError(EXIT.usage, "`run` without `-i` would serve flows from a broker, and this version has only the bus in memory", "feed messages: `-i file.json`, `-i TOPIC=file.jsonl`, `-i -`");
  }
  const places = entrances(plans);
  const known = new Set(places.map(({ name }) => name));
  const feeds = await Promise.all(options.input.map((argument) => readFeed(argument, known)));
  const targets = feeds.map((feed) => chooseTarget(feed, places));

  const results = resultLines(plans, options.allTopics === true);
  const progress = startProgress();
  await using wired = await wire(plans, {
    folder: project.folder,
    allow: project.file?.allow.map(({ value }) => value) ?? [],
    observer: { event: results.event },
  });
  const { runtime, bus } = wired;
  const interrupted = onInterrupt(wired);
  progress.watch(() => runtime.stats());
  try {
    await results.watchDeadLetters(bus, plans);
    await runtime.start();
    const manual = feedAll(feeds, targets, wired);
    await Promise.race([interrupted.promise, Promise.all([manual, runtime.idle()]).then(() => runtime.idle())]);
    for (const report of await manual) results.manual(report);
    results.deadLetters(await wired.deadLetters());
    await results.drain();
  } finally {
    progress.end();
    interrupted.off();
  }
  const stats = runtime.stats();
  process.stderr.write(formatSummary(stats, options.output === "json"));
  if (interrupted.was()) return EXIT.interrupted;
  if (stats.failed > 0 || stats.dlq > 0) return EXIT.findings;
  return stats.parked > 0 ? EXIT.parked : EXIT.ok;
}

type Report = Awaited<ReturnType<Wired["runtime"]["manual"]>>;

/** Publishes to topics, and starts manual runs; gives the reports of those that ended or wait for a person. */
async function feedAll(feeds: readonly Feed[], targets: readonly Target[], { runtime, bus }: Wired): Promise<readonly Report[]> {
  const reports: Promise<readonly Report[]>[] = [];
  for (const [index, feed] of feeds.entries()) {
    const target = targets[index];
    if (target === undefined) continue;
    if (target.kind === "flow") reports.push(...feed.bodies.map((body) => reported(runtime.manual(target.name, asJson(body)))));
    else await publish(feed, target.name, bus);
  }
  return (await Promise.all(reports)).flat();
}

/** Nothing for a run that Ctrl-C cut off. */
async function reported(run: Promise<Report>): Promise<readonly Report[]> {
  try {
    return [await run];
  } catch (error) {
    if (error instanceof RuntimeClosed) return [];
    throw error;
  }
}

async function publish({ bodies, source }: Feed, topic: string, bus: Bus): Promise<void> {
  try {
    for (const part of batches(bodies)) await bus.publish(part.map((body) => ({ topic, key: null, id: "", headers: {}, body })));
  } catch (error) {
    if (error instanceof PublishRefused) throw new CommandError(EXIT.usage, `${source} cannot be fed: ${error.message}`);
    throw error;
  }
}

function asJson(body: string): Json {
  try {
    return parseJson(body);
  } catch {
    return body;
  }
}

function* batches(bodies: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < bodies.length; from += 500) yield bodies.slice(from, from + 500);
}

/** The first Ctrl-C ends the run in order, a second one at once. */
function onInterrupt(wired: Wired): { readonly promise: Promise<void>; was(): boolean; off(): void } {
  let was = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    if (was) process.exit(EXIT.interrupted);
    was = true;
    process.stderr.write("\nflowctl: stopping; once more to end at once\n");
    void wired.runtime.close().then(resolve, resolve);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    promise,
    was: () => was,
    off() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}

