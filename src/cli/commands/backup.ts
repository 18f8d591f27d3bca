import type { Command } from "commander";
import { withOperatorOptions, type OperatorOptions } from "./operator-options.js";

export function registerBackup(program: Command): void {
  withOperatorOptions(program.command("backup").description("copy the project's database into a new file, also while a process serves it").argument("<file>", "the copy; it must not be there"))
    .addHelpText("after", "\nTo restore, stop the process and put the copy in the place of the database.\n\nExamples:\n  $ flowctl backup backup.db\n  $ flowctl backup /backups/shop-$(date +%F).db -o json")
    .action(async (file: string, options: OperatorOptions) => void (process.exitCode = await (await import("../backup/backup.js")).backupTo(file, options)));
}
