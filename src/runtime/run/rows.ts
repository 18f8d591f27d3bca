import { StepError } from "../../core/errors.js";
import { isJsonObject, type Json } from "../../core/json.js";
import type { FlowPlan, TablePlan } from "../../core/plan/flow-plan.js";
import type { Tool, ToolCall } from "../../core/ports/tool.js";
import { textOf } from "../../expr/evaluate/text-of.js";
import { patiently } from "../patience.js";
import type { ActiveRun } from "./active-run.js";
import { checkOf } from "./check-of.js";
import type { Called } from "./ready.js";

/** What a `put` records as its input. `absent`: there must be no row. */
export type PutInput = { readonly key: Json; readonly with: Json; readonly if?: Json; readonly absent?: true };

/** The rows of a table as what `callTool` calls: a read. */
export function rowReader(plan: FlowPlan, name: string): Called {
  const table = tableOf(plan, name);
  const checkKey = checkOf(plan, table.key);
  const checkRow = checkOf(plan, table.value);
  return {
    name,
    plan: { effect: "read", idempotency: { kind: "native" }, errors: {} },
    value: null,
    verify: null,
    remembers: true,
    longest: null,
    isAnswered: () => false,
    file: null,
    checkInput: (input) => checkKey(field(input, "key") ?? null),
    async connect(run) {
      const { store, clock } = run.ctx.ports;
      return storeCall(run, async ({ input }) => {
        const row = await store.tableRow(name, keyText(input), clock.now());
        return row === null ? [] : [row.value];
      });
    },
    failure: (thrown) => thrown,
    output(raw) {
      if (!Array.isArray(raw) || raw.length === 0) return undefined;
      const row: Json = raw[0];
      const problem = checkRow(row);
      if (problem !== null) throw new StepError("invalid_output", `the row of \`${name}\` breaks its schema: ${problem}`);
      return row;
    },
  };
}

/** And a write, which the store knows by its idempotency key. */
export function rowWriter(plan: FlowPlan, name: string): Called {
  const table = tableOf(plan, name);
  const checkKey = checkOf(plan, table.key);
  const checkRow = checkOf(plan, table.value);
  return {
    name,
    plan: { effect: "write", idempotency: { kind: "native" }, errors: { conflict: { status: [] } } },
    value: null,
    verify: null,
    remembers: true,
    longest: null,
    isAnswered: () => false,
    file: null,
    checkInput: (input) => checkKey(field(input, "key") ?? null) ?? checkRow(field(input, "with") ?? null),
    async connect(run) {
      const { store, clock } = run.ctx.ports;
      return storeCall(run, async ({ input, key: effect }) => {
        const value = field(input, "with") ?? null;
        const read = field(input, "if");
        const expected = field(input, "absent") === true ? null : read === undefined ? undefined : { value: read };
        const now = clock.now();
        const until = table.ttl === undefined ? null : now + table.ttl;
        const verdict = await store.putRow({ table: name, key: keyText(input), value, effect, run: run.ctx.run, now, until, ...(expected === undefined ? {} : { expected }) });
        if (verdict === "ok") return value;
        return new StepError("conflict", `the row \`${keyText(input)}\` of \`${name}\` is ${expected === null ? "there already" : "not what was read"}`);
      });
    },
    failure: (thrown) => thrown,
    output: (raw) => raw,
  };
}

/** A store that is away is waited for, as the journal waits for it. */
function storeCall(run: ActiveRun, act: (call: ToolCall) => Promise<Json | StepError>): Tool {
  return {
    async call(call) {
      const answer = await patiently(run.ctx.ports.clock, () => call.signal.aborted || run.dropped, () => act(call));
      if (answer instanceof StepError) throw answer;
      return answer;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** As topics have it: numbers and booleans become text. */
const keyText = (input: Json): string => textOf(field(input, "key"));

const field = (input: Json, name: string): Json | undefined => (isJsonObject(input) ? input[name] : undefined);

function tableOf(plan: FlowPlan, name: string): TablePlan {
  const table = plan.tables?.[name];
  if (table === undefined) throw new TypeError(`the plan has no table ${name}`);
  return table;
}
