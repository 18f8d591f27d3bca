import { declarations, type AnyDeclared } from "../../names/namespace.js";
import type { FlowCheck } from "../flow-check.js";
import { makePlanParts } from "../plan-parts.js";
import { checkType } from "../shape-of.js";
import { agentInfo } from "./agents.js";
import { modelName } from "./models.js";
import { policyName } from "./policies.js";
import { tableInfo } from "./tables.js";
import { toolInfo } from "./tools.js";
import { topicInfo } from "./topics.js";

/** Everything that the document can see and that no step asked for: its problems are problems, but it is no part of the plan. */
export function checkDeclarations(cx: FlowCheck): void {
  const aside: FlowCheck = { ...cx, shared: { ...cx.shared, parts: makePlanParts() } };
  for (const declared of declarations(cx.document.names)) checkDeclared(aside, declared);
}

function checkDeclared(cx: FlowCheck, declared: AnyDeclared): void {
  switch (declared.section) {
    case "types":
      return checkType(cx, declared);
    case "models":
      return void modelName(cx, declared);
    case "topics":
      return void topicInfo(cx, declared);
    case "tools":
      return void toolInfo(cx, declared);
    case "agents":
      return void agentInfo(cx, declared);
    case "tables":
      return void tableInfo(cx, declared);
    case "policies":
      return void policyName(cx, declared);
  }
}
