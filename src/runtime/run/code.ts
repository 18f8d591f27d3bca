import type { Tool } from "../../core/ports/tool.js";
import type { Path } from "../../core/run-id.js";
import { append } from "./active-run.js";
import type { Frame } from "./frame.js";
import { incident } from "./incident.js";
import { openScope } from "./scope.js";

/**
 * I37: the code that a call of a module runs with. A run that began with other code says so once and goes on, or, where
 * its flow is pinned, stands still until the file is as it was.
 */
export async function codeOf(frame: Frame, path: Path, file: string, ask: NonNullable<Tool["code"]>): Promise<string> {
  const { run } = frame;
  const { plan } = run.ctx;
  for (;;) {
    const known = run.code.get(file) ?? plan.code[file] ?? "";
    const code = await ask(known);
    if (code === known) return code;
    if (plan.pin !== true) {
      run.code.set(file, code);
      append(run, "code.changed", path, { file, code });
      return code;
    }
    await incident({ ...frame, scope: openScope(null) }, path, "code", notItsCode(file));
  }
}

export const notItsCode = (file: string): string => `\`${file}\` is not the code that the run began with, and its flow is pinned: put the file back as it was and retry the run, or cancel it`;
