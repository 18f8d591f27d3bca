import { canonicalJson, type JsonObject } from "../../core/json.js";
import type { AgentPlan, BindingPlan, FlowPlan, ModelPlan, PolicyPlan, SchemaId, TablePlan, ToolPlan, TopicPlan } from "../../core/plan/flow-plan.js";

/**
 * The tables of the plan while they grow. Only what the flow uses comes in, so that another flow's agent in the same
 * file is no new version of this one. What a called flow declares differently under the same name gets that flow's id before it.
 */
export interface PlanParts {
  /** The id of a schema: `wanted`, or another that has the same content. */
  readonly schema: (wanted: string, schema: JsonObject | boolean) => SchemaId;
  model(wanted: string, owner: string, plan: ModelPlan, binding: BindingPlan["models"][string]): string;
  tool(wanted: string, owner: string, plan: ToolPlan, binding: BindingPlan["tools"][string] | null): string;
  agent(wanted: string, owner: string, plan: AgentPlan): string;
  policy(wanted: string, owner: string, plan: PolicyPlan): string;
  /** False when another topic of that name is there already. */
  topic(name: string, plan: TopicPlan): boolean;
  /** The same of a table. */
  table(name: string, plan: TablePlan): boolean;
  module(path: string, hash: string, absolute: string): void;
  secret(secret: BindingPlan["secrets"][number]): void;
  tables(): Pick<FlowPlan, "topics" | "models" | "agents" | "tools" | "policies" | "tables" | "schemas" | "code" | "binding">;
}

export function makePlanParts(): PlanParts {
  const schemas = new Map<SchemaId, JsonObject | boolean>();
  const schemaIds = new Map<string, SchemaId>();
  const byObject = new Map<JsonObject, SchemaId>();
  const models = table<ModelPlan, BindingPlan["models"][string]>();
  const tools = table<ToolPlan, BindingPlan["tools"][string] | null>();
  const agents = table<AgentPlan, null>();
  const policies = table<PolicyPlan, null>();
  const topics = new Map<string, TopicPlan>();
  const rows = new Map<string, TablePlan>();
  const code = new Map<string, string>();
  const modules = new Map<string, string>();
  const secrets = new Map<string, BindingPlan["secrets"][number]>();
  return {
    schema(wanted, schema) {
      const same = typeof schema === "boolean" ? undefined : byObject.get(schema);
      if (same !== undefined) return same;
      const text = canonicalJson(schema);
      const old = schemaIds.get(text);
      if (typeof schema !== "boolean" && old !== undefined) byObject.set(schema, old);
      if (old !== undefined) return old;
      const id = free(wanted, schemas);
      schemas.set(id, schema);
      schemaIds.set(text, id);
      return id;
    },
    model: models.add,
    tool: tools.add,
    agent: (wanted, owner, plan) => agents.add(wanted, owner, plan, null),
    policy: (wanted, owner, plan) => policies.add(wanted, owner, plan, null),
    topic: (name, plan) => isSame(topics, name, plan),
    table: (name, plan) => isSame(rows, name, plan),
    module(path, hash, absolute) {
      code.set(path, hash);
      modules.set(path, absolute);
    },
    secret: (secret) => void secrets.set(`${secret.secret}:${secret.name}`, secret),
    tables: () => ({
      topics: sorted(topics),
      models: sorted(models.plans()),
      agents: sorted(agents.plans()),
      tools: sorted(tools.plans()),
      policies: sorted(policies.plans()),
      ...(rows.size === 0 ? {} : { tables: sorted(rows) }),
      schemas: sorted(schemas),
      code: sorted(code),
      binding: {
        models: sorted(models.others()),
        tools: sorted(new Map([...tools.others()].flatMap(([name, binding]) => (binding === null ? [] : [[name, binding] as const])))),
        modules: sorted(modules),
        secrets: [...secrets.values()],
      },
    }),
  };
}

/** Plans by name, each with what is not part of the hash. */
function table<P, B>() {
  const rows = new Map<string, { readonly plan: P; readonly other: B; readonly text: string }>();
  return {
    add: (wanted: string, owner: string, plan: P, other: B): string => {
      const text = JSON.stringify([plan, other]);
      for (const name of [wanted, `${owner}/${wanted}`]) {
        const old = rows.get(name);
        if (old === undefined) rows.set(name, { plan, other, text });
        if (old === undefined || old.text === text) return name;
      }
      const name = free(`${owner}/${wanted}`, rows);
      rows.set(name, { plan, other, text });
      return name;
    },
    plans: () => new Map([...rows].map(([name, { plan }]) => [name, plan])),
    others: () => new Map([...rows].map(([name, { other }]) => [name, other])),
  };
}

/** What has one name for all: the first plan of it counts. */
function isSame<P>(plans: Map<string, P>, name: string, plan: P): boolean {
  const old = plans.get(name);
  plans.set(name, old ?? plan);
  return old === undefined || JSON.stringify(old) === JSON.stringify(plan);
}

function free(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}~${n}`;
  return name;
}

/** In one order whatever was used first: the hash is over canonical JSON, but a plan is also read. */
const sorted = <V>(map: ReadonlyMap<string, V>): Readonly<Record<string, V>> => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

