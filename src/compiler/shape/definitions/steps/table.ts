import type { StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { may, must } from "../../forms/keys.js";
import { name, REFERENCE } from "../../forms/names.js";
import { DATA } from "../../forms/values.js";
import type { Blocks } from "../block.js";
import { undoKeys, undoOf } from "../undo-keys.js";
import { TRUST } from "./agent.js";

const TABLE = name({ ...REFERENCE, called: "the name of a table" });

export const GET_STEP = kind(
  "get",
  { get: must(TABLE, "The table."), key: must(DATA, "The row's key.", { example: '"${input.id}"' }) },
  { description: "Reads a row of a table. The output is its value, and optional: there may be no such row.", example: '{ id: seen, get: customers, key: "${input.id}" }' },
  ({ get, key }): StepPart => ({ kind: "get", table: get, key }),
);

export const putStep = (blocks: Blocks) => kind(
  "put",
  {
    put: must(TABLE, "The table."),
    key: must(DATA, "The row's key.", { example: '"${input.id}"' }),
    with: must(DATA, "The row's value.", { example: '"${input}"' }),
    if: may(DATA, "The value that was read: the row is written only if it is still that, else `conflict` is raised. An empty optional means that there must be no row.", { example: '"${steps.?seen}"' }),
    ...undoKeys(blocks),
    trust: TRUST,
  },
  { description: "Writes a row of a table. The output is its value.", example: '{ put: customers, key: "${input.id}", with: "${input}" }' },
  ({ put, key, with: data, if: expected, trust, ...undo }): StepPart => ({
    kind: "put",
    table: put,
    key,
    with: data,
    ...(expected === undefined ? {} : { if: expected }),
    ...undoOf(undo),
    ...(trust === undefined ? {} : { trust }),
  }),
);
