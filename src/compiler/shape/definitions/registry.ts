import { isLoopback } from "../../../core/loopback.js";
import { PORT } from "../../../core/port.js";
import type { RegistryRef } from "../../../core/registry.js";
import type { ScalarNode } from "../../parse/tree.js";
import { either } from "../forms/combine.js";
import { built, type Form, type Reading } from "../forms/form.js";
import { keys, may, must } from "../forms/keys.js";
import { BOOLEAN } from "../forms/scalars.js";
import { SECRET, SECRET_TEXT, TLS, tlsOf, URLS, USER } from "./broker.js";
import { holdsSecret } from "./secret-in-url.js";

const WHOLE = keys("a schema registry", {
  url: must(URLS, "Its address, or a list of servers of one registry.", { example: "https://registry.internal:8081" }),
  auth: may(keys("{ username, password } or { token }", { ...USER, token: may(SECRET, "A token, sent as `authorization: Bearer`.", { example: '"${env:REGISTRY_TOKEN}"' }) }), "How it lets flowctl in: secrets by reference only.", { example: '{ username: flowctl, password: "${env:REGISTRY_PASSWORD}" }' }),
  tls: may(TLS, "Certificates of your own where needed.", { example: "{ ca: certs/ca.pem }" }),
  register: may(BOOLEAN, "Puts a flow's schema there when it is not; false: a topic whose schema is not there yet stops `run`.", { default: "true" }),
});

const URL_PARTS = new RegExp(String.raw`^(?<scheme>https?)://(?<host>\[[0-9a-f:]+\]|[^\s:/@[\]]+)(?::${PORT})?(?:/\S*)?$`, "i");

type Address = { readonly text: RegistryRef["urls"][number]; readonly node: ScalarNode };

/** An address alone, or a map. */
export const REGISTRY: Form<RegistryRef> = either({
  scalar: built(SECRET_TEXT, (url, _node, at) => refOf([url], {}, at)),
  map: built(WHOLE, ({ url, auth, tls, register }, _node, at) => refOf(url, { ...auth, tls: tls === undefined ? null : tlsOf(tls), register: register ?? true }, at)),
});

function refOf(urls: readonly Address[], more: Partial<RegistryRef>, at: Reading): RegistryRef | undefined {
  const safe = urls.map(({ node }) => isUrl(node, at));
  return safe.includes(false) ? undefined : { tls: null, register: true, ...more, urls: urls.map(({ text }) => text) };
}

/** As far as it can be read from the file; false after an error. */
function isUrl(node: ScalarNode, at: Reading): boolean {
  const { text, span } = node;
  if (holdsSecret(node, "registry", "write it under `auth` as `${env:NAME}`", at)) return false;
  if (text.includes("${")) return true;
  const { scheme, host } = URL_PARTS.exec(text)?.groups ?? {};
  if (host === undefined) {
    at.report("FC6063", span, `\`${text}\` is no address of a schema registry`, { hint: "write it like `https://registry.internal:8081`" });
    return false;
  }
  if (scheme?.toLowerCase() === "http" && !isLoopback(host)) at.report("FC6062", span, `What goes to \`${host}\` and comes from there is not encrypted`, { hint: "write `https://`" });
  return true;
}
