import type { BrokerKind } from "../../../core/broker.js";
import { isLoopback } from "../../../core/loopback.js";
import { PORT } from "../../../core/port.js";
import type { ScalarNode } from "../../parse/tree.js";
import type { Reading } from "../forms/form.js";
import { holdsSecret } from "./secret-in-url.js";

const SCHEMES: Readonly<Record<BrokerKind, { readonly plain: readonly string[]; readonly tls: readonly string[]; readonly example: string }>> = {
  nats: { plain: ["", "nats"], tls: ["tls"], example: "nats://nats.internal:4222" },
  kafka: { plain: [""], tls: [], example: "kafka.internal:9092" },
  redis: { plain: ["", "redis"], tls: ["rediss"], example: "redis://redis.internal:6379" },
};
const URL_PARTS = new RegExp(String.raw`^(?:(?<scheme>[a-z][a-z0-9+.-]*)://)?(?:(?<user>[^/@\s]+)@)?(?<host>\[[0-9a-f:]+\]|[^\s:,/@[\]]+)(?::${PORT})?(?:/\d*)?$`, "i");

const KINDS: Readonly<Record<string, BrokerKind>> = { nats: "nats", tls: "nats", kafka: "kafka", redis: "redis", rediss: "redis" };

/** Which broker an address that stands alone is of, by its scheme, and how its `url` is written. */
export function kindOfUrl(text: string): { readonly kind: BrokerKind; readonly url: string } | null {
  const [, scheme = "", address = ""] = /^([a-z]+):\/\/(\S+)$/i.exec(text) ?? [];
  const kind = Object.hasOwn(KINDS, scheme.toLowerCase()) ? KINDS[scheme.toLowerCase()] : undefined;
  return kind === undefined ? null : { kind, url: kind === "kafka" ? address : text };
}

/** An address as far as it can be read from the file; what a secret holds is seen when it is connected to. False after an error. */
export function checkUrl(kind: BrokerKind, node: ScalarNode, tls: boolean, at: Reading): boolean {
  const { text, span } = node;
  const { plain, tls: secure, example } = SCHEMES[kind];
  if (holdsSecret(node, "broker", `write it under \`${kind === "kafka" ? "sasl" : "auth"}\` as \`\${env:NAME}\``, at)) return false;
  if (text.includes("${")) return true;
  const { scheme = "", host } = URL_PARTS.exec(text)?.groups ?? {};
  // A port alone is written as a number.
  if (host === undefined || /^\d+$/.test(host) || ![...plain, ...secure].includes(scheme.toLowerCase())) {
    const several = text.split(",").map((one) => JSON.stringify(one.trim()));
    at.report("FC6040", span, `\`${text}\` is no address of a ${kind} server`, { hint: several.length > 1 && kind !== "redis" ? `several servers of one cluster are a list: \`url: [${several.join(", ")}]\`` : `write it like \`${example}\`` });
    return false;
  }
  if (!tls && plain.includes(scheme.toLowerCase()) && !isLoopback(host)) {
    at.report("FC6041", span, `What goes to \`${host}\` and comes from there is not encrypted`, { hint: secure[0] === undefined ? "add `tls: {}`" : `add \`tls: {}\`, or write \`${secure[0]}://\`` });
  }
  return true;
}
