import type { FlowError } from "../../core/errors.js";
import type { Cancelled, CancelReason } from "../run/scope.js";

/** What a `compensate` sees as `error` where no step has failed. */
export const whyCancelled = ({ reason }: Cancelled): FlowError => ({ code: reason === "timeout" || reason === "limit" ? reason : "cancelled", message: MESSAGES[reason] });

const MESSAGES: Readonly<Record<CancelReason, string>> = {
  operator: "the run was cancelled",
  timeout: "a time limit around it was over",
  limit: "the run has too many events",
  join: "the join around it was decided without it",
  return: "the flow has returned",
  saga: "its saga is undone",
};
