import { NEVER } from "../../../core/type.js";
import type { StepNode } from "../../shape/ast.js";
import { checkCompensate } from "../compensate.js";
import { TEXT, typeData } from "../data.js";
import { resolveTool } from "../declared/tools.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, CALL_RAISES, raisesOf, STEP_RAISES, UNKNOWN_RAISES } from "../raises.js";
import { checkInput } from "./input.js";
import type { KindPlace } from "./place.js";

export function checkToolStep(cx: FlowCheck, node: StepNode & { readonly kind: "tool" }, { path, place }: KindPlace): CheckedKind {
  const tool = resolveTool(cx, cx.document.names, node.tool);
  const data = checkInput(cx, place, node.with, node.tool.span, tool === null ? [] : [tool.input]);
  const key = node.key === undefined ? null : typeData(place, node.key);
  if (key !== null) fit(cx.problems, key, { type: TEXT, schema: () => true, what: "an idempotency key (a text)" });
  const id = node.id?.value ?? node.tool.value;
  const onUnknown = node.onUnknown ?? cx.onUnknown;
  if (tool !== null && onUnknown?.value === "verify") cx.shared.verified.push({ id: path.slice(path.lastIndexOf("/") + 1), tool, span: onUnknown.span, undone: node.compensate !== undefined || tool.compensated });
  const silent = tool !== null && tool.output === null;
  const output = silent ? { none: `The tool \`${node.tool.value}\` declares no \`output\`, so there is nothing to undo it from but its scope and \`key\`` } : { type: tool?.output ?? NEVER };
  const compensate = node.compensate === undefined ? null : checkCompensate(cx, node.compensate, { path, output });
  return {
    part: {
      kind: "tool",
      tool: tool?.name ?? node.tool.value,
      with: data.data,
      ...(key === null ? {} : { key: key.data }),
      ...(node.onUnknown === undefined ? {} : { onUnknown: node.onUnknown.value }),
      ...(compensate === null ? {} : { compensate }),
      ...(node.pivot === undefined ? {} : { pivot: true }),
    },
    type: tool?.output ?? NEVER,
    nothing: silent ? `\`${node.tool.value}\` declares no \`output\`` : null,
    ...(silent ? { unreadable: `The tool \`${node.tool.value}\` declares no \`output\`, so \`steps.${id}\` has nothing to read: declare its \`output\`` } : {}),
    diverges: false,
    raises: allRaises([
      STEP_RAISES,
      CALL_RAISES,
      raisesOf("invalid_input"),
      // Another 4xx without a typed error, a module that says so or cannot be loaded; I10: a key of one's own with another input.
      tool?.kind === "expr" ? new Map() : raisesOf("refused"),
      node.key === undefined ? new Map() : raisesOf("conflict"),
      tool?.errors ?? UNKNOWN_RAISES,
    ]),
    pure: tool?.kind === "expr",
    queues: [tool?.queue ?? null],
    writes: tool?.effect === "write",
  };
}
