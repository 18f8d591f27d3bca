import type { JsonObject } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { INTEGER, objectOf, STRING, type Type } from "../../core/type.js";
import { checkExpr } from "../../expr/check.js";
import { isOnly } from "../../expr/check/base.js";
import { compileExpr } from "../../expr/evaluate.js";
import { parseExpr } from "../../expr/parse.js";
import { CommandError, EXIT } from "../exit.js";

/** Bare CEL over `msg`, a dead letter as a flow reads it from its topic. */
export function letterCondition(text: string): (id: string, letter: JsonObject) => boolean {
  const parsed = parseExpr(text);
  if (!parsed.ok) throw new CommandError(EXIT.usage, `\`--where\` is no expression: ${parsed.problem.message}`, parsed.problem.hint);
  const { expr, type, problems } = checkExpr(parsed.expr, { vars: new Map([["msg", LETTER]]), present: new Set<string>() });
  const [problem] = problems;
  if (problem !== undefined) throw new CommandError(EXIT.usage, `\`--where\`: ${problem.message}`, problem.hint);
  if (type.kind === "optional" || !isOnly(type, "boolean")) throw new CommandError(EXIT.usage, "`--where` must be true or false", EXAMPLE);
  const holds = compileExpr(expr.ast, expr.text);
  return (id, letter) => {
    try {
      return holds({ msg: letter }) === true;
    } catch (error) {
      throw new CommandError(EXIT.findings, `\`--where\` fails for the letter ${id}: ${messageOf(error)}`, "`has(msg.message.total) && …` asks first; nothing was done");
    }
  };
}

const EXAMPLE = "for example `msg.error.code == 'timeout' && msg.source.topic == 'orders'`";

/** What a message holds is not known here. */
const DATA: Type = { kind: "any", dynamic: true };

const LETTER = objectOf({
  message: DATA,
  raw: STRING,
  encoding: { type: STRING, required: false },
  error: objectOf({ code: STRING, message: STRING, step: { type: STRING, required: false }, attempts: { type: INTEGER, required: false }, cause: { type: DATA, required: false }, data: { type: DATA, required: false } }, "open"),
  source: objectOf({ topic: STRING, partition: INTEGER, offset: STRING, key: DATA, id: STRING, timestamp: INTEGER }, "open"),
  key: DATA,
  attempts: INTEGER,
  redrives: INTEGER,
  run: { type: STRING, required: false },
});
