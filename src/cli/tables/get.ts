import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { jsonText } from "../format/json-text.js";
import { printJson } from "../operator/print-json.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { needTable } from "./need-table.js";

/** One row: its value, and with `-o json` all that is known of it. */
export const getRow = (table: string, key: string, options: OperatorOptions): Promise<ExitCode> =>
  withOperator(options, async ({ store }) => {
    const row = await store.tableRow(table, key, Date.now());
    if (row === null) {
      await needTable(store, table);
      throw new CommandError(EXIT.findings, `the table \`${table}\` has no row \`${key}\``, `\`flowctl tables list ${table}\` shows those that are there`);
    }
    await (options.output === "json" ? printJson(row) : print(`${jsonText(row.value, 2)}\n`));
    return EXIT.ok;
  });
