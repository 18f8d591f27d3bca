import type { RunOptions } from "../commands/run.js";
import type { Project } from "../files/project.js";
import { chosenCassette } from "../wire/cassette.js";
import type { Outside } from "../wire.js";
import { chooseStorage } from "./choose-storage.js";

/** What the project file and the options of `run` say about the world outside. */
export const outsideOf = (project: Project, options: RunOptions): Outside & { readonly storage: ReturnType<typeof chooseStorage> } => ({
  folder: project.folder,
  allow: project.file?.allow.map(({ value }) => value) ?? [],
  ...(project.file?.listen === undefined ? {} : { listen: project.file.listen.value }),
  storage: chooseStorage(project, options),
  cassette: chosenCassette(options),
});
