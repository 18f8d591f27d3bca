import type { Code } from "../diagnostic.js";
import type { CodeEntry, CodeTable } from "./entry.js";
import { FC1_EXPRESSION } from "./fc1-expression.js";
import { FC1_YAML } from "./fc1-yaml.js";
import { FC2_SHAPE } from "./fc2-shape.js";
import { FC3_EXPRESSION } from "./fc3-expression.js";
import { FC3_NAMES } from "./fc3-names.js";
import { FC4_EXPRESSION } from "./fc4-expression.js";
import { FC4_SCHEMA } from "./fc4-schema.js";
import { FC4_TYPES } from "./fc4-types.js";
import { FC5_LOCK } from "./fc5-lock.js";
import { FC5_MEANING } from "./fc5-meaning.js";
import { FC5_QUEUE } from "./fc5-queue.js";
import { FC5_SAGA } from "./fc5-saga.js";
import { FC6_BINDING } from "./fc6-binding.js";
import { FC6_BROKER } from "./fc6-broker.js";
import { FC6_DATABASE } from "./fc6-database.js";
import { FC6_HTTP } from "./fc6-http.js";
import { FC6_OPERATOR } from "./fc6-operator.js";
import { FC6_POSTGRES } from "./fc6-postgres.js";
import { FC6_REGISTRY } from "./fc6-registry.js";
import { FC7_COMPATIBILITY } from "./fc7-compatibility.js";
import { FC9_INTERNAL } from "./fc9.js";

/** Every diagnostic that flowctl can print: `explain`, docs/errors.md, SARIF rules and a test are made from it. */
export const CODES: CodeTable = {
  ...FC1_EXPRESSION,
  ...FC1_YAML,
  ...FC2_SHAPE,
  ...FC3_EXPRESSION,
  ...FC3_NAMES,
  ...FC4_EXPRESSION,
  ...FC4_SCHEMA,
  ...FC4_TYPES,
  ...FC5_MEANING,
  ...FC5_SAGA,
  ...FC5_LOCK,
  ...FC5_QUEUE,
  ...FC6_BINDING,
  ...FC6_BROKER,
  ...FC6_DATABASE,
  ...FC6_HTTP,
  ...FC6_OPERATOR,
  ...FC6_POSTGRES,
  ...FC6_REGISTRY,
  ...FC7_COMPATIBILITY,
  ...FC9_INTERNAL,
};

export function entry(code: Code): CodeEntry {
  const found = CODES[code];
  if (found === undefined) throw new Error(`${code} is not in the diagnostics table`);
  return found;
}
