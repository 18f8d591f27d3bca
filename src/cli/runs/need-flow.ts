import type { StoreReader } from "../../core/ports/store.js";
import { similar } from "../../core/typing/similar.js";
import type { ProjectOptions } from "../commands/project-options.js";
import { CommandError, EXIT } from "../exit.js";
import { projectFlows } from "../files/project-flows.js";

/** Who asks that something be erased or ended must not take a wrong name for nothing to do. A flow is known by its runs, or by its file. */
export async function needFlow(store: StoreReader, flow: string, options: ProjectOptions, nothing: string): Promise<void> {
  if ((await store.runs({ flow, limit: 1 })).length > 0) return;
  const known = ((await projectFlows(options))?.flows ?? []).flatMap(({ plan }) => plan?.id ?? []);
  if (known.includes(flow)) return;
  const meant = similar(flow, known);
  throw new CommandError(EXIT.findings, `${nothing}: there is no flow \`${flow}\` in the project, and no run of one in the store`, meant === null ? "`flowctl runs list` shows the flows that have runs" : `did you mean \`${meant}\`?`);
}
