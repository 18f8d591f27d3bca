import type { CrashCase } from "../case.js";
import { collectFacts } from "./facts.js";
import { orderPerKey } from "./order-per-key.js";
import { verdict } from "./verdict.js";
import { workload } from "./workload.js";

/** The seed flows as they are, and one for what they do not use. */
export const mixed: CrashCase = {
  flows: { "supply-chain": "flows/supply-chain", "customer-support": "flows/customer-support", crash: "scripts/crash/mixed/flows" },
  server: "ledger-server.ts",
  workload,
  attend: async () => undefined,
  waiting: () => 0,
  async verdict(project, sent) {
    return [...verdict(await collectFacts(project, sent)), await orderPerKey(project)];
  },
};
