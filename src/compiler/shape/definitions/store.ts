import { isLoopback } from "../../../core/loopback.js";
import { postgresAddress } from "../../../core/postgres.js";
import type { Node, ScalarNode } from "../../parse/tree.js";
import type { StoreRef } from "../project-ast.js";
import type { Form, KeysOutline, Outline, Reading } from "../forms/form.js";
import { matchKeys, may, must, readKeys } from "../forms/keys.js";
import { plain, word } from "../forms/scalars.js";
import { wrongForm } from "../forms/wrong-form.js";
import { SECRET, SECRET_TEXT, TLS, tlsOf } from "./broker.js";
import { holdsSecret } from "./secret-in-url.js";

const TEXT_OUTLINE: Outline = { is: "text", called: "`sqlite:PATH`, `postgresql://USER@HOST:PORT/DATABASE` or `memory`", pattern: "^(memory|sqlite:.+|postgres(ql)?://.+)$" };

const KEYS = {
  kind: must(word("postgres"), "Which one it is.", { example: "postgres" }),
  url: must(SECRET_TEXT, "The user, the server and the database.", { example: "postgresql://flowctl@db.internal:5432/flowctl" }),
  password: may(SECRET, "The user's password, as a secret.", { example: '"${env:STORE_PASSWORD}"' }),
  tls: may(TLS, "TLS, with certificates of your own where needed; `{}` for the usual ones.", { example: "{ ca: certs/ca.pem }" }),
  schema: may(plain("a name", "^[a-z_][a-z0-9_]*$"), "The schema that the tables are in, of flowctl alone; made where it is not there.", { default: "flowctl", example: "flowctl" }),
};
const OUTLINE: KeysOutline = { is: "keys", called: "a store", keys: KEYS };

/** Where runs are: a word, an address, or a map for a server that wants a password or TLS. */
export const STORE: Form<StoreRef> = {
  outline: { is: "either", of: [TEXT_OUTLINE, OUTLINE] },
  read(node, at) {
    if (node.kind === "map") return postgres(node, at);
    if (node.kind !== "scalar" || node.value === null) return wrongForm(node, TEXT_OUTLINE, at);
    const { text, span } = node;
    if (text === "memory") return { kind: "memory", span };
    if (text.startsWith("sqlite:") && text.length > 7) return { kind: "sqlite", path: text.slice(7), span };
    if (/^postgres(ql)?:\/\//.test(text)) return isAddress(node, false, at) ? { kind: "postgres", url: [text], tls: null, schema: "flowctl", span } : undefined;
    const engine = /^(postgres|postgresql|redis|nats)\b/.exec(text)?.[0];
    if (engine === undefined) return wrongForm(node, TEXT_OUTLINE, at);
    at.report("FC2090", span, engine.startsWith("postgres") ? `\`${text}\` is no address of a PostgreSQL server` : `A store on ${engine} is not supported by this version`, { hint: "write `sqlite:PATH`, `postgresql://USER@HOST:PORT/DATABASE` or `memory`" });
    return undefined;
  },
};

function postgres(node: Node & { readonly kind: "map" }, at: Reading): StoreRef | undefined {
  const { entries, broken } = matchKeys(node, OUTLINE, at);
  const values = readKeys(KEYS, entries, "a store", { ...at, excused: broken });
  if (broken || values === null) return undefined;
  const { url, password, tls, schema } = values;
  if (!isAddress(url.node, tls !== undefined, at)) return undefined;
  if (schema !== undefined && !/^(?!pg_)[a-z_][a-z0-9_]{0,50}$/.test(schema.value)) {
    at.report("FC2090", schema.span, `\`${schema.value}\` is no name of a schema here`, { hint: "lower case letters, digits and `_`, at most 51 of them, without `pg_` before them: those are PostgreSQL's own" });
    return undefined;
  }
  return { kind: "postgres", url: url.text, ...(password === undefined ? {} : { password }), tls: tls === undefined ? null : tlsOf(tls), schema: schema?.value ?? "flowctl", span: node.span };
}

/** As far as it can be read from the file; what a secret holds is seen when it is connected to. False after an error. */
function isAddress(node: ScalarNode, tls: boolean, at: Reading): boolean {
  const { text, span } = node;
  if (holdsSecret(node, "store", "write `store: { kind: postgres, url, password }` with the password as `${env:NAME}`", at)) return false;
  if (text.includes("${")) return true;
  const address = postgresAddress(text);
  if (address === null) {
    at.report("FC6053", span, `\`${text}\` is no address of a PostgreSQL server`, { hint: "write it like `postgresql://flowctl@db.internal:5432/flowctl`" });
    return false;
  }
  if (!tls && !isLoopback(address.host)) at.report("FC6054", span, `What goes to \`${address.host}\` and comes from there is not encrypted: runs with all that they know`, { hint: "write the store as a map with `tls: {}`" });
  return true;
}
