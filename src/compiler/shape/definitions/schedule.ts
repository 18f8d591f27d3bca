import { similar } from "../../../core/typing/similar.js";
import { isZone, scheduleProblem, zones } from "../../../expr/schedule.js";
import type { Located } from "../ast.js";
import { built, type Form } from "../forms/form.js";
import { plain } from "../forms/scalars.js";

/** A cron expression that ticks. */
export const CRON: Form<Located<string>> = built(plain("a cron expression"), (text, _node, at) => {
  const problem = scheduleProblem(text.value);
  if (problem === null) return { ...text, value: text.value.trim().split(/\s+/).join(" ") };
  at.report("FC2040", text.span, `\`${text.value}\` is no schedule: ${problem}`, { hint: 'every five minutes is `"*/5 * * * *"`, at six on weekdays `"0 6 * * MON-FRI"`' });
  return undefined;
});

/** An IANA time zone. */
export const ZONE: Form<Located<string>> = built(plain("a time zone"), (text, _node, at) => {
  if (isZone(text.value)) return text;
  const near = similar(text.value, zones());
  at.report("FC2041", text.span, `There is no time zone \`${text.value}\``, near === null ? { hint: "zones have names such as `Europe/Berlin`, or `UTC`" } : { hint: `did you mean \`${near}\`?`, fix: { span: text.span, text: near } });
  return undefined;
});
