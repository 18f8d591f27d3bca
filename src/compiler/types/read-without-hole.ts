import type { TextProblem } from "../../core/diagnostic.js";
import type { Type } from "../../core/type.js";
import { property } from "../../core/typing/property.js";
import type { Scope } from "../../expr/scope.js";

/** `input.id`, and how other tools write it: `$input.id`, `{{ input.id }}`, `{input.id}`. A single word is one of theirs only with their signs. */
const FORMS = [/^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)$/, /^\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)$/, /^\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}\}$/, /^\{([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}$/];

/**
 * The path that a text without `${…}` is, where that path can be read there; else null. `input.md` is a name of a file
 * until the input has a field `md`.
 */
export function readWithoutHole(text: string, { vars }: Scope): string | null {
  const [, path] = FORMS.map((form) => form.exec(text)).find((match) => match !== null) ?? [];
  if (path === undefined) return null;
  const [root = "", ...names] = path.split(".");
  const type = names.reduce<Type | null>((at, name) => (at === null ? null : fieldOf(at, name)), vars.get(root) ?? null);
  return type === null ? null : path;
}

const IN_BRACES = /\{\{\s*(([A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*)\s*\}\}/g;

/** What stands in `{{ }}` anywhere in a text, where it begins with a name that can be read there: also a path that is wrong is one. */
export function bracesProblems(text: string, { vars }: Scope): readonly TextProblem[] {
  return Array.from(text.matchAll(IN_BRACES)).flatMap(({ 0: whole, 1: path = "", 2: root = "", index }) =>
    vars.has(root) ? [{ code: "FC4015" as const, start: index, end: index + whole.length, message: notWhatItHolds(whole, path), hint: `write \`\${${path}}\`, or \`\${'${whole}'}\` if the text is meant` }] : [],
  );
}

export const notWhatItHolds = (text: string, path: string): string => `This is the text \`${text}\`, not what \`${path}\` holds`;

function fieldOf(type: Type, name: string): Type | null {
  const found = property(type, name);
  return found.kind === "field" ? found.type : null;
}
