import type { RequestOutcome } from "../../core/ports/operator.js";
import type { RunId } from "../../core/run-id.js";

type Refused = Extract<RequestOutcome, { readonly is: "refused" }>;

export const ACCEPTED: RequestOutcome = { is: "accepted" };

export const refused = (why: Refused["why"], message: string): Refused => ({ is: "refused", why, message });

export const noSuchRun = (run: RunId): Refused => refused("no_such_run", `there is no run ${run}`);

export const decided = (run: RunId, path: string): RequestOutcome => refused("already_decided", `\`${path}\` of run ${run} is decided already`);

export const hasEnded = (run: RunId): RequestOutcome => refused("ended", `run ${run} has ended`);
