import type { OperatorOptions } from "../commands/operator-options.js";
import type { ExitCode } from "../exit.js";
import { askRun } from "./ask-run.js";

export const cancelRun = (id: string, options: OperatorOptions & { readonly reason?: string }): Promise<ExitCode> =>
  askRun(id, options, "is asked to end", async () => (options.reason === undefined ? { kind: "cancel" } : { kind: "cancel", reason: options.reason }));
