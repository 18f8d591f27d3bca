import type { BrokerKind } from "../../core/broker.js";
import type { Broker } from "../../core/ports/broker.js";
import type { ProjectOptions } from "../commands/project-options.js";
import { loadProject } from "../files/project.js";
import { openBrokerAlone } from "../wire/open-broker.js";

/** The broker of the project file with its profile; null: the embedded bus. */
export function projectBroker(options: ProjectOptions): { readonly kind: BrokerKind; readonly open: () => Promise<Broker> } | null {
  const { file, folder } = loadProject(options);
  const ref = file?.broker;
  return ref === undefined ? null : { kind: ref.kind, open: () => openBrokerAlone(ref, folder) };
}
