import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import type { ScalarNode, SourceFile } from "../parse/tree.js";
import type { Entry, FlowFile, ModelDecl } from "../shape/ast.js";

/**
 * A secret that stands in the file itself, in a connection field. The value is never in the message.
 * `api_key: none` for a local server is no secret: a key has a known beginning, or is long and has digits.
 */
export function plainSecret(document: FlowFile): readonly Diagnostic[] {
  const found = [...secretsOfModels(document.models)];
  for (const { name, value } of document.tools) {
    if (value.form?.kind !== "http") continue;
    if (urlHasSecret(literal(value.form.url))) found.push(secret(value.form.url.span, `The \`url\` of \`${name.value}\``, "TOKEN"));
    for (const header of value.form.headers) {
      if (headerHasSecret(header.name.value, literal(header.value))) {
        found.push(secret(header.value.span, `The header \`${header.name.value}\` of \`${name.value}\``, "TOKEN"));
      }
    }
  }
  return found;
}

/** Of a flow, and of the project file. */
export const secretsOfModels = (models: readonly Entry<ModelDecl>[]): readonly Diagnostic[] =>
  models.flatMap(({ name, value: { apiKey, baseUrl } }) => [
    ...(apiKey !== undefined && isKey(literal(apiKey)) ? [secret(apiKey.span, `The \`api_key\` of \`${name.value}\``, "OPENAI_API_KEY")] : []),
    ...(baseUrl !== undefined && urlHasSecret(literal(baseUrl)) ? [secret(baseUrl.span, `The \`base_url\` of \`${name.value}\``, "TOKEN")] : []),
  ]);

/** Keys whose form nobody mistakes, wherever they stand: a prompt, a comment, an option. */
export function secretsInText({ path, text }: SourceFile): readonly Diagnostic[] {
  return [...text.matchAll(KNOWN_ANYWHERE)].map((match) => secret({ file: path, start: match.index, end: match.index + match[0].length }, "This text", "NAME"));
}

const secret = (span: Span, what: string, name: string): Diagnostic =>
  report("FC5020", span, `${what} holds a secret in plain text, where everybody who can read the file can take it`, {
    hint: `write \`\${env:${name}}\` or \`\${file:PATH}\` in its place, and revoke the key if the file was ever shared`,
  });

/** The text without its holes: `Bearer ${env:T}` leaves `Bearer `. */
const literal = ({ text }: ScalarNode): string => text.replaceAll("$${", "").replaceAll(/\$\{[^}]*(?:\}|$)/g, "");

const KNOWN = String.raw`sk-[\w-]{16,}|[sr]k_(?:live|test)_\w{16,}|gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{18,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|hf_[A-Za-z]{30,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----`;
const KNOWN_ANYWHERE = new RegExp(String.raw`(?<![\w-])(?:${KNOWN})`, "g");

const isKey = (text: string): boolean => /^(?:sk|pk|rk)[-_]\S{6,}/.test(text) || new RegExp(KNOWN).test(text) || isRandom(text);

const isRandom = (text: string): boolean => text.length >= 16 && /^[\w+/=.~-]+$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text);

function headerHasSecret(name: string, value: string): boolean {
  const text = value.trim();
  switch (name.toLowerCase()) {
    case "authorization":
    case "proxy-authorization":
      // A scheme alone is what stands before a hole.
      return text !== "" && !/^(?:bearer|basic|token|apikey|digest)$/i.test(text);
    case "x-api-key":
    case "api-key":
    case "x-auth-token":
    case "cookie":
      return text !== "" && !/^[\w.-]+=;?$/.test(text);
    default:
      return isKey(text);
  }
}

/** `https://user:password@host`, or a parameter that is named like a key and holds one. */
const urlHasSecret = (url: string): boolean =>
  /^[a-z][\w+.-]*:\/\/[^/@\s]*:[^/@\s]+@/i.test(url) || /[?&](?:api[_-]?key|access[_-]?token|token|key|secret|password)=[^&\s]{6,}/i.test(url);
