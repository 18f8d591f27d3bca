import type { Diagnostic } from "../../core/diagnostic.js";
import type { CheckedFlow } from "../types/checked.js";

/** What a flow means, asked of a flow whose names and types are right. */
export type Rule = (flow: CheckedFlow) => readonly Diagnostic[];
