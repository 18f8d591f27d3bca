import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { parseJson } from "../../core/parse-json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { PublishRefused, type Bus } from "../../core/ports/bus.js";
import type { RunOptions } from "../commands/run.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import type { Project } from "../files/project.js";
import { RuntimeClosed, wire, type Wired } from "../wire.js";
import { chooseTarget, entrances, type Target } from "./entrance.js";
import { readFeed, type Fed, type Feed } from "./feed.js";
import { watchLetters } from "./letters.js";
import { onInterrupt } from "./interrupt.js";
import { needAlone } from "./need-alone.js";
import { openEnds, type OpenEnds } from "./open-ends.js";
import { startProgress } from "./progress.js";
import { sayLog } from "./say-log.js";
import { resultLines } from "./results.js";
import { outsideOf } from "./outside.js";
import { formatSummary } from "./summary.js";

/** `run -i`: ends when every run has ended or waits for a person; beside processes that share its store, when those have that it was asked for. */
export async function feedFlows(project: Project, paths: readonly string[], plans: readonly FlowPlan[], options: RunOptions, starting: Disposable): Promise<ExitCode> {
  const places = entrances(plans);
  const known = new Set(places.map(({ name }) => name));
  const feeds = await Promise.all(options.input.map((argument) => readFeed(argument, known)));
  const targets = await Promise.all(feeds.map((feed) => chooseTarget(feed, places)));

  const results = resultLines(plans, options.allTopics === true);
  const ends = openEnds();
  const progress = startProgress();
  const outside = outsideOf(project, paths, plans, options);
  const { storage } = outside;
  await using wired = await wire(plans, { ...outside, fed: true });
  await needAlone(targets, wired.serving, 0);
  wired.observe({ event: results.event, log: sayLog });
  wired.observe({ event: ends.event });
  const { runtime, bus } = wired;
  for (const warning of wired.warnings) process.stderr.write(`${warning}\n`);
  const interrupt = onInterrupt({ served: false }, starting);
  progress.watch(() => runtime.stats());
  let reports: readonly Report[] = [];
  let beside = false;
  try {
    const letters = await watchLetters(plans, bus, wired.topics);
    await runtime.start();
    // Of two that began at once, each has seen nobody above.
    await needAlone(targets, wired.serving, 1);
    await wired.serve();
    beside = await wired.isBesideOthers();
    const manual = feedAll(feeds, targets, wired, ends);
    // The runs of others end when they do, and there may always be some.
    const ended = beside ? manual : Promise.all([manual, runtime.idle()]).then(() => runtime.idle());
    await Promise.race([interrupt.promise.then(() => runtime.close()), ended]);
    reports = await manual;
    for (const report of reports) results.manual(report);
    if (!beside) await results.deadLetters(await wired.deadLetters(), letters());
    await results.drain();
  } finally {
    progress.end();
    interrupt.off();
  }
  const stats = runtime.stats();
  process.stderr.write(formatSummary(stats, options.output === "json"));
  if (options.output === "text") process.stderr.write(ends.lines(stats, { kept: storage.kind === "postgres" || (storage.kind === "sqlite" && !storage.fresh), embedded: outside.broker === null }));
  const stopped = interrupt.was();
  if (stopped !== null) return stopped;
  if (beside) return codeOf(reports);
  if (stats.failed > 0 || stats.compensated > 0 || stats.dlq > 0) return EXIT.findings;
  return stats.parked > 0 ? EXIT.parked : EXIT.ok;
}

/** Of the runs that were asked for. */
function codeOf(reports: readonly Report[]): ExitCode {
  if (reports.some(({ status }) => status === "failed" || status === "compensated")) return EXIT.findings;
  return reports.some(({ status }) => status === "parked") ? EXIT.parked : EXIT.ok;
}

type Report = Awaited<ReturnType<Wired["runtime"]["manual"]>>;

/** Publishes to topics, and starts manual runs; gives the reports of those that ended or wait for a person. */
async function feedAll(feeds: readonly Feed[], targets: readonly Target[], { runtime, bus }: Wired, ends: OpenEnds): Promise<readonly Report[]> {
  const reports: Promise<readonly Report[]>[] = [];
  for (const [index, feed] of feeds.entries()) {
    const target = targets[index];
    if (target === undefined) continue;
    const { parts, place } = feed;
    if (target.kind === "topic") await publish(feed, target.name, bus, ends);
    else {
      for await (const part of parts()) {
        const some = allOf(part.map((one) => reported(runtime.manual(target.name, inputOf(one, place, ends)))));
        // A failure is heard of below, when all have begun.
        some.catch(() => undefined);
        reports.push(some);
      }
    }
  }
  return allOf(reports);
}

const allOf = async (reports: readonly Promise<readonly Report[]>[]): Promise<readonly Report[]> => (await Promise.all(reports)).flat();

/** Nothing for a run that Ctrl-C cut off. */
async function reported(run: Promise<Report>): Promise<readonly Report[]> {
  try {
    return [await run];
  } catch (error) {
    if (error instanceof RuntimeClosed) return [];
    throw error;
  }
}

async function publish({ parts, place }: Feed, topic: string, bus: Bus, ends: OpenEnds): Promise<void> {
  for await (const all of parts()) {
    for (const part of batches(all)) {
      for (const one of part) inputOf(one, place, ends);
      const messages = part.map(({ body }) => ({ topic, key: null, id: crypto.randomUUID(), headers: {}, body }));
      try {
        await bus.publish(messages);
      } catch (error) {
        if (!(error instanceof PublishRefused)) throw error;
        const refused = part[messages.findIndex(({ id }) => id === error.refused[0]?.id)];
        throw new CommandError(EXIT.usage, `${refused === undefined ? "the message" : place(refused)} cannot be fed: ${error.message}`);
      }
    }
  }
}

/** What does not parse is told, and goes on as text: it is a message that does not decode, or no input that fits. */
function inputOf(one: Fed, place: Feed["place"], ends: OpenEnds): Json {
  try {
    return parseJson(one.body);
  } catch (error) {
    ends.unread(place(one), messageOf(error));
    return one.body;
  }
}

function* batches(all: readonly Fed[]): Generator<readonly Fed[]> {
  for (let from = 0; from < all.length; from += 500) yield all.slice(from, from + 500);
}
