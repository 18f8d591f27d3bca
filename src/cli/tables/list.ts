import type { TableRow } from "../../core/ports/store.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { shownJson } from "../operator/shown-json.js";
import { table as tableOf } from "../operator/table.js";
import { timestamp } from "../operator/time.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { needTable } from "./need-table.js";
import { thousands } from "../../core/thousands.js";

export interface ListRowsOptions extends OperatorOptions {
  readonly limit: number;
  readonly after?: string;
}

/** Columns of a value in a list. */
const VALUE = 80;

/** Tables with how many rows they have; or the rows of one. Rows past their time are not there. */
export const listRows = (name: string | undefined, options: ListRowsOptions): Promise<ExitCode> =>
  withOperator(options, async ({ store }) => {
    const { limit, after, output } = options;
    if (name !== undefined) {
      const rows = await store.tableRows(name, { limit, ...(after === undefined ? {} : { after }) }, Date.now());
      if (rows.length === 0) await needTable(store, name);
      if (output === "json") await printJson(rows);
      else await print(tableOf(["key", "put", "until", "value"], rows.map(cells)));
      return EXIT.ok;
    }
    const tables = await store.tables(Date.now());
    if (output === "json") await printJson(tables);
    else if (tables.length === 0) await print("no rows\n", process.stderr);
    else await print(tableOf(["table", "rows"], tables.map(({ table, rows }) => [table, thousands(rows)])));
    return EXIT.ok;
  });

const cells = ({ key, at, until, value }: TableRow): readonly string[] => [key, timestamp(at), until === null ? "" : timestamp(until), shownJson(value, VALUE)];
