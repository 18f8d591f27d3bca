import { printable } from "../../core/cells.js";
import { topicNeeds } from "../../core/plan/topic-needs.js";
import type { Provision } from "../../core/ports/broker.js";
import type { ApplyOptions } from "../commands/topics.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { compileFlows } from "../files/compile-flows.js";
import { printJson } from "../operator/print-json.js";
import { projectBroker } from "../operator/project-broker.js";
import { validPlans } from "../run/valid-plans.js";
import { print } from "../terminal.js";

/** What flows need of the profile's broker: shown, and with `--yes` made. Nothing is deleted. */
export async function applyTopics(paths: readonly string[], options: ApplyOptions): Promise<ExitCode> {
  const compiled = await compileFlows(paths, options);
  const plans = await validPlans(compiled);
  if (plans === null) return EXIT.findings;
  const named = projectBroker(options);
  if (named === null) {
    if (options.output === "json") await printJson([]);
    else await print("the embedded bus makes its topics itself\n");
    return EXIT.ok;
  }
  await using broker = await named.open();
  const needs = topicNeeds(plans, compiled.project.file?.queues);
  const planned = await broker.provisioner.plan(needs);
  const changes = planned.filter(({ action }) => action !== "keep");
  if (options.output === "text") await print(planned.map(line).join("") + (changes.length === 0 ? "nothing is to be done\n" : ""));
  if (changes.length > 0 && options.yes !== true) {
    if (options.output === "json") await printJson(planned);
    throw new CommandError(EXIT.findings, `${changes.length} ${changes.length === 1 ? "thing is" : "things are"} to be made at ${named.kind}`, "say it again with `--yes`");
  }
  const done = changes.length === 0 ? planned : await broker.provisioner.apply(needs);
  if (options.output === "json") await printJson(done);
  else if (changes.length > 0) await print(`made: ${done.filter(({ action }) => action === "create").length}, changed: ${done.filter(({ action }) => action === "change").length}\n`);
  return EXIT.ok;
}

const SIGNS = { create: "+", change: "~", keep: " " } as const;

const line = ({ what, action, says, weak }: Provision): string => [`${SIGNS[action]} ${printable(what)}: ${printable(says)}\n`, ...weak.map((one) => `    weak: ${printable(one)}\n`)].join("");
