import type { ProjectOptions } from "../commands/project-options.js";
import { CommandError } from "../exit.js";
import { compileFlows, type CompiledFlows } from "./compile-flows.js";

/** For commands that need no flows: null for a folder without any, or one in which they cannot be found. */
export async function projectFlows(options: ProjectOptions): Promise<CompiledFlows | null> {
  try {
    return await compileFlows([], options);
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
