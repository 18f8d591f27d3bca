import { openSecrets } from "../../adapters/secret/secrets.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { Formats } from "../../core/ports/format.js";
import { encoded } from "../../runtime/format/format-bus.js";
import type { ProjectOptions } from "../commands/project-options.js";
import { CommandError, EXIT } from "../exit.js";
import { projectFlows } from "../files/project-flows.js";
import { insistently, openFormats, type OpenFormats } from "./formats.js";

export interface ProjectFormats extends Formats, AsyncDisposable {
  /** Messages in the formats of their topics. Rejects with PublishRefused for those that do not fit. */
  encoded(messages: readonly Outgoing[]): Promise<readonly Outgoing[]>;
}

/** The formats of these topics, as the project's flows say; topics that no flow names are bare JSON. Asks a registry once: one that is away is FC6061. */
export async function projectFormats(options: ProjectOptions, topics: ReadonlySet<string>): Promise<ProjectFormats> {
  const compiled = await projectFlows(options);
  if (compiled === null) return projectFormatsOf(() => null, () => Promise.resolve());
  const { project, flows, diagnostics } = compiled;
  // Its formats may stand in a flow that the misspelt pattern leaves out: bare JSON would be wrong then.
  const missing = diagnostics.find(({ code }) => code === "FC2020");
  if (missing !== undefined) throw new CommandError(EXIT.findings, `${missing.message}, which \`flows\` of ${missing.span.file} names: the formats of topics are not known`, missing.hint);
  const plans = flows.flatMap(({ plan }) => plan ?? []);
  const formats: OpenFormats = await openFormats(plans, { registry: project.file?.registry ?? null, broker: project.file?.broker?.kind ?? null, secrets: openSecrets({ env: process.env, folder: project.folder }), folder: project.folder, only: topics });
  return projectFormatsOf((topic) => insistently(formats.of(topic)), () => formats[Symbol.asyncDispose]());
}

function projectFormatsOf(of: Formats["of"], close: () => PromiseLike<void>): ProjectFormats {
  return { of, encoded: (messages) => encoded(messages, { of }), [Symbol.asyncDispose]: close };
}
