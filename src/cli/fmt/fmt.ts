import { readFileSync } from "node:fs";
import type { Diagnostic } from "../../core/diagnostic.js";
import { formatFlow } from "../../compiler/shape/format.js";
import { EXIT, type ExitCode } from "../exit.js";
import { findFlows } from "../files/find-flows.js";
import { rewriteFile } from "../files/rewrite-file.js";
import { readStdin } from "../files/stdin.js";
import { formatText } from "../format/text.js";
import { print, wantsColor } from "../terminal.js";

/** Files that do not parse stay as they are and are told on stderr; the others are written all the same. */
export async function format(paths: readonly string[], check: boolean): Promise<ExitCode> {
  let changed = 0;
  const broken = new Map<string, string>();
  const problems: Diagnostic[] = [];
  for (const path of findFlows(paths)) {
    const before = path === "-" ? await readStdin() : readFileSync(path, "utf8");
    const { text: after, diagnostics } = formatFlow({ path, text: before });
    if (diagnostics.length > 0) {
      broken.set(path, before);
      problems.push(...diagnostics);
    }
    if (path === "-" && !check) await print(after);
    else if (after !== before) {
      changed++;
      if (!check) rewriteFile(path, after);
      await print(`${path}\n`);
    }
  }
  if (broken.size > 0) await print(formatText(problems, broken, wantsColor(process.stderr)), process.stderr);
  return broken.size > 0 || (check && changed > 0) ? EXIT.findings : EXIT.ok;
}
