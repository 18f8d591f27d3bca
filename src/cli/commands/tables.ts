import type { Command } from "commander";
import type { ListRowsOptions } from "../tables/list.js";
import { positive, withOperatorOptions, type OperatorOptions } from "./operator-options.js";

export function registerTables(program: Command): void {
  const tables = program
    .command("tables")
    .description("look at the tables that flows keep in the store")
    .addHelpText(
      "after",
      `
Examples:
  $ flowctl tables list
  $ flowctl tables list customers
  $ flowctl tables get customers c-17`,
    );

  withOperatorOptions(tables.command("list").description("tables with how many rows they have; or the rows of one, in order of their keys").argument("[table]", "its name"))
    .option("-n, --limit <count>", "how many rows", positive, 20)
    .option("--after <key>", "only those behind this key")
    .addHelpText("after", "\nExamples:\n  $ flowctl tables list\n  $ flowctl tables list customers --after c-17 -o json")
    .action(async (table: string | undefined, options: ListRowsOptions) => void (process.exitCode = await (await import("../tables/list.js")).listRows(table, options)));

  withOperatorOptions(tables.command("get").description("one row, whole").argument("<table>", "its name").argument("<key>", "the row's key"))
    .addHelpText("after", "\nExamples:\n  $ flowctl tables get customers c-17\n  $ flowctl tables get customers c-17 -o json | jq .value")
    .action(async (table: string, key: string, options: OperatorOptions) => void (process.exitCode = await (await import("../tables/get.js")).getRow(table, key, options)));
}
