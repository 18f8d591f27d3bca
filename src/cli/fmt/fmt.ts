import { readFileSync } from "node:fs";
import { formatFlow } from "../../compiler/shape/format.js";
import { EXIT, type ExitCode } from "../exit.js";
import { findFlows } from "../files/find-flows.js";
import { rewriteFile } from "../files/rewrite-file.js";
import { readStdin } from "../files/stdin.js";
import { print } from "../terminal.js";

export async function format(paths: readonly string[], check: boolean): Promise<ExitCode> {
  let changed = 0;
  for (const file of findFlows(paths)) {
    const before = file === "-" ? await readStdin() : readFileSync(file, "utf8");
    const after = formatFlow(before);
    if (file === "-" && !check) await print(after);
    else if (after !== before) {
      changed++;
      if (!check) rewriteFile(file, after);
      await print(`${file}\n`);
    }
  }
  return check && changed > 0 ? EXIT.findings : EXIT.ok;
}
