import type { RequestOutcome } from "../../core/ports/operator.js";
import type { RunId } from "../../core/run-id.js";

type Why = Extract<RequestOutcome, { readonly is: "refused" }>["why"];

export const ACCEPTED: RequestOutcome = { is: "accepted" };

export const refused = (why: Why, message: string): RequestOutcome => ({ is: "refused", why, message });

export const noSuchRun = (run: RunId): RequestOutcome => refused("no_such_run", `there is no run ${run}`);

export const decided = (run: RunId, path: string): RequestOutcome => refused("already_decided", `\`${path}\` of run ${run} is decided already`);

export const hasEnded = (run: RunId): RequestOutcome => refused("ended", `run ${run} has ended`);
