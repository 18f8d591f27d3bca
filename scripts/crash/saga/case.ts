import type { CrashCase } from "../case.js";
import { attend } from "./attend.js";
import { endingOf, orderOf } from "./order.js";
import { verdict } from "./verdict.js";
import { workload } from "./workload.js";

/** A saga of eight steps: writes of each kind of key, queues, items, branches, a saga and a flow inside, persons, a pivot, a tail. */
export const saga: CrashCase = {
  flows: { crash: "scripts/crash/saga/flows" },
  server: "saga-server.ts",
  workload,
  attend,
  waiting: (sent) => sent.filter(({ is, body }) => is === "run" && endingOf(orderOf(body)) === "parked").length,
  verdict,
};
