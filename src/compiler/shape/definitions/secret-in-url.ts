import type { ScalarNode } from "../../parse/tree.js";
import type { Reading } from "../forms/form.js";

/** With its scheme, or without it, as an address of a broker may be written. What stands there by reference is no secret. */
const PASSWORD = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/@\s]*:[^/@\s${}]+@/i;

/** Reports a password in an address. */
export function holdsSecret({ text, span }: ScalarNode, whose: "broker" | "registry" | "store", hint: string, at: Reading): boolean {
  if (!PASSWORD.test(text)) return false;
  at.report("FC5020", span, `The \`url\` of the ${whose} holds a secret in plain text, where everybody who can read the file can take it`, { hint });
  return true;
}
