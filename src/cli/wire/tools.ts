import { InfraError, StepError } from "../../core/errors.js";
import type { FlowPlan, ToolPlan } from "../../core/plan/flow-plan.js";
import type { Secrets } from "../../core/ports/secret.js";
import type { Tool } from "../../core/ports/tool.js";
import { cleanError } from "../../adapters/secret/clean-error.js";
import { cleanJson } from "../../adapters/secret/clean-json.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";
import type { HttpConnections } from "../../adapters/tool/http/connections.js";
import type { ModuleWorkers } from "../../adapters/tool/module/workers.js";
import type { Cassette } from "./cassette.js";
import { oncePerPlan } from "../../runtime/once-per-plan.js";
import { needSecretsOf, renderConnection } from "./render-connection.js";
import { urlPart } from "./url-part.js";

/** Tools of plans, connected on first use; each kind's client is loaded when a flow needs it. */
export interface ToolBox extends AsyncDisposable {
  open(plan: FlowPlan, name: string): Promise<Tool>;
}

/** For what is written down of a url. */
const BY_NAME: Secrets = { read: async ({ secret, name }) => `\${${secret}:${name}}` };

interface ToolOutside {
  readonly secrets: KnownSecrets;
  readonly allow: readonly string[];
  readonly cassette: Cassette;
  /** The plan that new runs of the same flow take; undefined: nobody serves it here. */
  readonly current: (plan: FlowPlan) => FlowPlan | undefined;
}

export function openTools({ secrets, allow, cassette, current }: ToolOutside): ToolBox {
  let connections: HttpConnections | undefined;
  let workers: ModuleWorkers | undefined;

  async function openHttp(plan: FlowPlan, name: string, tool: Extract<ToolPlan, { kind: "http" }>): Promise<Tool> {
    const { openHttpTool } = await import("../../adapters/tool/http/tool.js");
    const { openHttpConnections } = await import("../../adapters/tool/http/connections.js");
    connections ??= openHttpConnections({ allow });
    const binding = plan.binding.tools[name];
    // I37: what an older run still needs may be gone: found out before it acts, that is its own affair.
    for (const connection of [binding?.url ?? [], ...Object.values(binding?.headers ?? {})]) await needSecretsOf(connection, secrets);
    const headers = Object.entries(binding?.headers ?? {}).map(([header, value]) => [header, renderConnection(value, secrets)] as const);
    return guarded(
      openHttpTool({
        plan: tool,
        url: renderConnection(binding?.url ?? [], secrets, urlPart),
        headers: async (input) => Object.fromEntries(await Promise.all(headers.map(async ([header, render]) => [header, await render(input)] as const))),
        connections,
      }),
      secrets,
      "all",
    );
  }

  async function connect(plan: FlowPlan, name: string): Promise<Tool> {
    const tool = plan.tools[name];
    if (tool === undefined) throw new InfraError("FC9000", `the plan has no tool \`${name}\``);
    switch (tool.kind) {
      case "http": {
        const url = plan.binding.tools[name]?.url ?? [];
        return cassette.http({ name, method: tool.method, url: renderConnection(url, BY_NAME, urlPart) }, () => openHttp(plan, name, tool));
      }
      case "module": {
        const { openModuleTool } = await import("../../adapters/tool/module/tool.js");
        const { openModuleWorkers } = await import("../../adapters/tool/module/workers.js");
        workers ??= openModuleWorkers({ print: (text) => void process.stderr.write(secrets.redact(text)) });
        const file = await fileOf(plan, name, tool.file, current(plan));
        await workers.refresh(file);
        return guarded(openModuleTool({ plan: tool, file, workers }), secrets, "errors");
      }
      case "request":
      case "expr":
        throw new InfraError("FC9000", `\`${name}\` is a part of the runtime itself`);
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
 * I37: code is the current one. An older version may have been stored from another folder or on another machine: its modules
 * are looked for beside the flow's file as it is here, then where they were. Of a plan that is compiled now they are there; an
 * older run finds out before it acts.
 */
async function fileOf(plan: FlowPlan, name: string, path: string, current: FlowPlan | undefined): Promise<string> {
  const { resolve } = await import("node:path");
  const { access } = await import("node:fs/promises");
  const stored = resolve(plan.binding.modules[path] ?? path);
  if (current?.hash === plan.hash) return stored;
  const here = current?.binding.root === undefined ? stored : resolve(current.binding.root.folder, path);
  const isThere = (file: string): Promise<boolean> => access(file).then(() => true, () => false);
  for (const file of [here, stored]) if (await isThere(file)) return file;
  throw new StepError("refused", `the module \`${here}\` of the tool \`${name}\` is not there`);
}

/**
 * A service may repeat our own key in what it answers: no secret goes into a journal or a log. What a module gives is its
 * author's doing, but not what an error of a library says.
 */
function guarded(tool: Tool, secrets: KnownSecrets, what: "all" | "errors"): Tool {
  return {
    ...(tool.code === undefined ? {} : { code: tool.code }),
    async call(call) {
      try {
        const output = await tool.call({ ...call, log: (text) => call.log(secrets.redact(text)) });
        return what === "all" ? cleanJson(output, secrets.redact) : output;
      } catch (error) {
        throw error instanceof StepError ? cleanError(error, secrets.redact) : error;
      }
    },
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
}
