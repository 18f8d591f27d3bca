import type { Expr } from "../../core/expression.js";
import type { CelNode } from "../shape/ast.js";
import { TEXT } from "./data.js";
import { checkKey, type Place } from "./expression.js";

/** What is locked is a text; numbers and booleans become text. */
export const checkLock = (place: Place, node: CelNode): Expr => checkKey(place, node, "lock", TEXT, "a text or a number").expr;
