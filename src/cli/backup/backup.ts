import { resolve } from "node:path";
import type { OperatorOptions } from "../commands/operator-options.js";
import { printable } from "../../core/cells.js";
import { EXIT, type ExitCode } from "../exit.js";
import { byteSize } from "../operator/byte-size.js";
import { projectDatabase } from "../operator/project-database.js";
import { printJson } from "../operator/print-json.js";
import { print } from "../terminal.js";
import { copyDatabase } from "../wire/copy-database.js";

/** One state of the database, as a file of its own. */
export async function backupTo(file: string, options: OperatorOptions): Promise<ExitCode> {
  const bytes = copyDatabase(projectDatabase(options), resolve(file));
  if (options.output === "json") await printJson({ file: resolve(file), bytes });
  else await print(`${byteSize(bytes)} to ${printable(file)}\n`);
  return EXIT.ok;
}
