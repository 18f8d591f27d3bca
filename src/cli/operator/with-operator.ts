import { setTimeout as sleep } from "node:timers/promises";
import { InfraError } from "../../core/errors.js";
import type { Operator } from "../../core/ports/operator.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import type { ExitCode } from "../exit.js";
import { projectBroker } from "./project-broker.js";
import { openProjectStore } from "./project-store.js";
import { atBroker } from "../wire/at-broker.js";

/** The operator of the project's database, for as long as the command works with it; `make` as in `openOperator`. What `reopen` gives is the command's own. */
export async function withOperator(options: OperatorOptions, act: (operator: Operator, reopen: () => Promise<Operator>) => Promise<ExitCode>, make = false): Promise<ExitCode> {
  const broker = projectBroker(options);
  const open = async (): Promise<Operator> => {
    const operator = await openProjectStore(options, make || broker !== null);
    return broker === null ? operator : atBroker(operator, broker.open);
  };
  await using operator = await open();
  return await act(operator, open);
}

/** Between the end of a process and what comes after it, ms. */
const AGAIN_MS = 250;

/** The same for commands that follow: when the process that serves goes away, they begin again with whoever is there then. */
export async function withOperators(options: OperatorOptions, act: (operator: Operator) => Promise<ExitCode>): Promise<ExitCode> {
  for (;;) {
    let connected = false;
    try {
      return await withOperator(options, (operator) => {
        connected = true;
        return act(operator);
      });
    } catch (error) {
      if (!connected || !(error instanceof InfraError && error.code === "FC6020")) throw error;
    }
    await sleep(AGAIN_MS);
  }
}
