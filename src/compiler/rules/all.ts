import type { Diagnostic } from "../../core/diagnostic.js";
import type { CheckedFlow } from "../types/checked.js";
import { cancelledWrite } from "./cancelled-write.js";
import { constantKey } from "./constant-key.js";
import { impossibleJoin } from "./impossible-join.js";
import { neverTrue } from "./never-true.js";
import { parkedLane } from "./parked-lane.js";
import type { Rule } from "./rule.js";
import { selfLoop } from "./self-loop.js";
import { shadowed } from "./shadowed.js";
import { taint } from "./taint.js";
import { unboundedLoop } from "./unbounded-loop.js";
import { unknownOutcome } from "./unknown-outcome.js";
import { unreachable } from "./unreachable.js";
import { unsafeRetry } from "./unsafe-retry.js";
import { unused } from "./unused.js";

/** Every rule about the meaning of a flow (FC5). */
const RULES: readonly Rule[] = [
  unreachable, shadowed, neverTrue, unboundedLoop, impossibleJoin, cancelledWrite, unsafeRetry, unknownOutcome, constantKey, parkedLane, selfLoop, taint, unused,
];

export const checkRules = (flow: CheckedFlow): readonly Diagnostic[] => RULES.flatMap((rule) => rule(flow));
