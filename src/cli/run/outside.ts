import type { RunOptions } from "../commands/run.js";
import { CommandError, EXIT } from "../exit.js";
import type { Project } from "../files/project.js";
import { typed } from "../operator/typed.js";
import { chosenCassette } from "../wire/cassette.js";
import type { Outside } from "../wire.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { chooseStorage } from "./choose-storage.js";
import { roleOf } from "./role.js";

/** What the project file and the options of `run` say about the world outside. */
export function outsideOf(project: Project, paths: readonly string[], plans: readonly FlowPlan[], options: RunOptions): Outside & { readonly storage: ReturnType<typeof chooseStorage> } {
  const broker = project.file?.broker ?? null;
  if (broker !== null && options.fresh === true) throw new CommandError(EXIT.usage, `\`--fresh\` takes messages of ${broker.kind} into a store that is removed at the end: they would be acknowledged and gone`, "leave it out, or take a profile whose broker is `embedded`");
  const storage = chooseStorage(project, options);
  const role = roleOf(options.only, plans, storage);
  return {
    folder: project.folder,
    allow: project.file?.allow.map(({ value }) => value) ?? [],
    ...(project.file?.listen === undefined ? {} : { listen: project.file.listen.value }),
    queues: project.file?.queues ?? {},
    storage,
    ...(role === undefined ? {} : { role }),
    broker: broker === null ? null : { ref: broker, apply: typed("topics apply", paths, options, "--yes") },
    registry: project.file?.registry ?? null,
    cassette: chosenCassette(options),
  };
}
