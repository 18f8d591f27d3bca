import { resolve } from "node:path";
import type { OperatorOptions } from "../commands/operator-options.js";
import { printable } from "../../core/cells.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { byteSize } from "../operator/byte-size.js";
import { projectDatabase } from "../operator/project-database.js";
import { printJson } from "../operator/print-json.js";
import { print } from "../terminal.js";
import { copyDatabase } from "../wire/copy-database.js";

/** One state of the database, as a file of its own. */
export async function backupTo(file: string, options: OperatorOptions): Promise<ExitCode> {
  if (file === "-") throw new CommandError(EXIT.usage, "a backup is a file, and does not go to stdout", "name it: `flowctl backup backup.db`, and copy that one");
  const bytes = copyDatabase(projectDatabase(options), resolve(file));
  if (options.output === "json") await printJson({ file: resolve(file), bytes });
  else await print(`${byteSize(bytes)} to ${printable(file)}\n`);
  return EXIT.ok;
}
