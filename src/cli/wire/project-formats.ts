import { systemClock } from "../../adapters/clock/system.js";
import { openSecrets } from "../../adapters/secret/secrets.js";
import { CLAIM } from "../../core/claim.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { Formats } from "../../core/ports/format.js";
import type { Operator } from "../../core/ports/operator.js";
import { apart } from "../../runtime/claim/claim-bus.js";
import { encoded } from "../../runtime/format/format-bus.js";
import type { ProjectOptions } from "../commands/project-options.js";
import { CommandError, EXIT } from "../exit.js";
import { projectFlows } from "../files/project-flows.js";
import { insistently, openFormats, type OpenFormats } from "./formats.js";

export interface ProjectFormats extends Formats, AsyncDisposable {
  /** Messages in the formats of their topics. Rejects with PublishRefused for those that do not fit. */
  encoded(messages: readonly Outgoing[]): Promise<readonly Outgoing[]>;
  /** Encoded ones, with their bodies in the store where their topics have them there (`claim_check`): as flows publish them. */
  claimed(messages: readonly Outgoing[], operator: Pick<Operator, "putBody">): Promise<readonly Outgoing[]>;
}

/** The formats of these topics, as the project's flows say; topics that no flow names are bare JSON. Asks a registry once: one that is away is FC6061. */
export async function projectFormats(options: ProjectOptions, topics: ReadonlySet<string>): Promise<ProjectFormats> {
  const compiled = await projectFlows(options);
  if (compiled === null) return projectFormatsOf(() => null, new Map(), () => Promise.resolve());
  const { project, flows, diagnostics } = compiled;
  // Its formats may stand in a flow that the misspelt pattern leaves out: bare JSON would be wrong then.
  const missing = diagnostics.find(({ code }) => code === "FC2020");
  if (missing !== undefined) throw new CommandError(EXIT.findings, `${missing.message}, which \`flows\` of ${missing.span.file} names: the formats of topics are not known`, missing.hint);
  const plans = flows.flatMap(({ plan }) => plan ?? []);
  const formats: OpenFormats = await openFormats(plans, { registry: project.file?.registry ?? null, broker: project.file?.broker?.kind ?? null, secrets: openSecrets({ env: process.env, folder: project.folder }), folder: project.folder, only: topics });
  return projectFormatsOf((topic) => insistently(formats.of(topic)), claimsOf(plans), () => formats[Symbol.asyncDispose]());
}

function projectFormatsOf(of: Formats["of"], claims: ReadonlyMap<string, number>, close: () => PromiseLike<void>): ProjectFormats {
  const isLarge = ({ topic, body }: Outgoing): boolean => Buffer.byteLength(body) > (claims.get(topic) ?? Infinity);
  return {
    of,
    encoded: (messages) => encoded(messages, { of }),
    claimed: (messages, operator) => Promise.all(messages.map((message) => apart(isLarge(message) ? { ...message, headers: { ...message.headers, [CLAIM]: "" } } : message, operator, systemClock))),
    [Symbol.asyncDispose]: close,
  };
}

/** How large messages may be of topics whose larger ones are stored apart. */
const claimsOf = (plans: readonly FlowPlan[]): ReadonlyMap<string, number> =>
  new Map(plans.flatMap(({ topics }) => Object.entries(topics).flatMap(([topic, { claimCheck, maxBytes }]) => (claimCheck === true && maxBytes !== undefined ? [[topic, maxBytes] as const] : []))));
