import { InfraError, StepError } from "../../core/errors.js";
import { isJsonObject, type Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Tool } from "../../core/ports/tool.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";
import type { HttpConnections } from "../../adapters/tool/http/connections.js";
import type { ModuleWorkers } from "../../adapters/tool/module/workers.js";
import { oncePerPlan } from "./once-per-plan.js";
import { renderConnection } from "./render-connection.js";
import { urlPart } from "./url-part.js";

/** Tools of plans, connected on first use; each kind's client is loaded when a flow needs it. */
export interface ToolBox extends AsyncDisposable {
  open(plan: FlowPlan, name: string): Promise<Tool>;
}

export function openTools({ secrets, allow }: { readonly secrets: KnownSecrets; readonly allow: readonly string[] }): ToolBox {
  let connections: HttpConnections | undefined;
  let workers: ModuleWorkers | undefined;

  async function connect(plan: FlowPlan, name: string): Promise<Tool> {
    const tool = plan.tools[name];
    if (tool === undefined) throw new InfraError("FC9000", `the plan has no tool \`${name}\``);
    switch (tool.kind) {
      case "http": {
        const { openHttpTool } = await import("../../adapters/tool/http/tool.js");
        const { openHttpConnections } = await import("../../adapters/tool/http/connections.js");
        connections ??= openHttpConnections({ allow });
        const binding = plan.binding.tools[name];
        const url = renderConnection(binding?.url ?? [], secrets, urlPart);
        const headers = Object.entries(binding?.headers ?? {}).map(([header, value]) => [header, renderConnection(value, secrets)] as const);
        return guarded(
          openHttpTool({
            plan: tool,
            url,
            headers: async (input) => Object.fromEntries(await Promise.all(headers.map(async ([header, render]) => [header, await render(input)] as const))),
            connections,
          }),
          secrets,
          "all",
        );
      }
      case "module": {
        const { openModuleTool } = await import("../../adapters/tool/module/tool.js");
        const { openModuleWorkers } = await import("../../adapters/tool/module/workers.js");
        workers ??= openModuleWorkers({ print: (text) => void process.stderr.write(secrets.redact(text)) });
        const { resolve } = await import("node:path");
        return guarded(openModuleTool({ plan: tool, file: resolve(plan.binding.modules[tool.file] ?? tool.file), workers }), secrets, "errors");
      }
      case "expr":
        throw new InfraError("FC9000", `\`${name}\` is computed by the runtime itself`);
    }
  }

  return {
    open: oncePerPlan(connect),
    async [Symbol.asyncDispose]() {
      await connections?.[Symbol.asyncDispose]();
      await workers?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * A service may repeat our own key in what it answers: no secret goes into a journal or a log. What a module gives is its
 * author's doing, but not what an error of a library says.
 */
function guarded(tool: Tool, secrets: KnownSecrets, what: "all" | "errors"): Tool {
  const cleaned = (value: Json): Json => {
    const text = JSON.stringify(value);
    // In the text itself a number may look like a secret, and what is left of it is no JSON.
    return secrets.redact(text) === text ? value : JSON.parse(text, (_key, part: unknown) => cleanedPart(part));
  };
  const cleanedPart = (part: unknown): unknown => {
    if (typeof part === "string") return secrets.redact(part);
    return isJsonObject(part) ? Object.fromEntries(Object.entries(part).map(([key, inner]) => [secrets.redact(key), inner])) : part;
  };
  return {
    async call(call) {
      try {
        const output = await tool.call(call);
        return what === "all" ? cleaned(output) : output;
      } catch (error) {
        if (!(error instanceof StepError)) throw error;
        const message = secrets.redact(error.message);
        const data = error.data === undefined ? undefined : cleaned(error.data);
        if (message === error.message && data === error.data) throw error;
        throw new StepError(error.code, message, { outcome: error.outcome, ...(data === undefined ? {} : { data }), ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }) });
      }
    },
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
}
