import type { Wait } from "../../core/event.js";
import { isJsonObject } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { WHOLE_RUN } from "../../core/run-id.js";

/** Commands that end a wait, ready to be typed. */
export function howToEnd(run: string, { kind, path, output, signal = "", topic = "" }: Wait, plan: FlowPlan | null): readonly string[] {
  // Nothing but what is missing here can be mended.
  if (kind === "incident" && path === WHOLE_RUN) return [`flowctl runs retry ${run}`, `flowctl runs cancel ${run}`];
  const at = `${run} ${quoted(path)}`;
  if (kind === "incident") return [`flowctl runs retry ${at}`, `flowctl runs resolve ${at} --output JSON`, `flowctl runs skip ${at}`];
  if (kind === "timer" || kind === "child" || kind === "lock") return [];
  const fields = fieldsOf(output === undefined ? undefined : plan?.schemas[output]);
  if (kind === "message") return [`flowctl topics publish ${topic} JSON`];
  if (kind === "signal") return [`flowctl runs signal ${run} ${signal} ${fields === null ? "JSON" : `'${shape(fields)}'`}`];
  if (fields === null) return [`flowctl runs answer ${at} JSON`];
  if (!fields.some(({ name }) => name === "approved")) return [`flowctl runs answer ${at} '${shape(fields)}'`];
  const more = fields.filter(({ name }) => name !== "approved");
  const required = more.filter((field) => field.required);
  const shown = required.length > 0 ? required : more;
  const rest = shown.length === 0 ? "" : required.length > 0 ? ` --with '${shape(shown)}'` : ` [--with '${shape(shown)}']`;
  return [`flowctl runs approve ${at}${rest}`, `flowctl runs reject ${at}${rest}`];
}

interface Field {
  readonly name: string;
  readonly required: boolean;
}

function fieldsOf(schema: unknown): readonly Field[] | null {
  if (!isJsonObject(schema) || !isJsonObject(schema["properties"])) return null;
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.keys(schema["properties"]).map((name) => ({ name, required: required.includes(name) }));
}

const shape = (fields: readonly Field[]): string => `{${fields.map(({ name }) => `"${name}":…`).join(",")}}`;

/** As a shell takes it: `[` and `#` of a path mean something there. */
const quoted = (path: string): string => (/^[\w/.~-]+$/.test(path) && !path.startsWith("~") ? path : `'${path.replaceAll("'", "'\\''")}'`);
