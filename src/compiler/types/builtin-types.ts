import type { JsonObject } from "../../core/json.js";

const ERROR: JsonObject = {
  type: "object",
  required: ["code", "message"],
  properties: { code: { type: "string" }, message: { type: "string" }, step: { type: "string" }, attempts: { type: "integer" }, data: {} },
};

/** Types that need no declaration. A type of one's own with that name comes first. */
export const BUILTIN_TYPES: ReadonlyMap<string, JsonObject> = new Map([
  [
    "DeadLetter",
    {
      type: "object",
      required: ["raw", "error", "source", "key", "attempts", "redrives"],
      properties: {
        message: {},
        raw: { type: "string" },
        encoding: { const: "base64" },
        error: ERROR,
        source: {},
        key: { type: ["string", "null"] },
        attempts: { type: "integer" },
        redrives: { type: "integer" },
        run: { type: "string" },
      },
    },
  ],
  // What an `ask` sends; src/runtime/run/question.ts makes it.
  [
    "Question",
    {
      type: "object",
      required: ["id", "run", "flow", "path", "question", "schema", "answer"],
      properties: {
        id: { type: "string" },
        run: { type: "string" },
        flow: { type: "string" },
        path: { type: "string" },
        question: { type: "string" },
        show: {},
        default: {},
        until: { type: "string" },
        schema: {},
        answer: { type: "string" },
      },
    },
  ],
]);
