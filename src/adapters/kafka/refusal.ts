import type { BrokerConnection } from "../../core/broker.js";
import { failure } from "./kafkajs/failure.js";

/** Why a server cannot be used, behind its name, and what to do. */
interface Refusal {
  readonly says: string;
  readonly hint: string;
}

/** What the library and OpenSSL say of a first connection that came to nothing, as whoever wrote the profile may mend it. */
export function refusalOf({ tls, mechanism, username }: BrokerConnection, error: unknown): Refusal {
  const { message, type } = failure(error);
  const says = (pattern: RegExp): boolean => pattern.test(message);
  if (type === "UNSUPPORTED_SASL_MECHANISM" || says(/mechanism/i) && says(/not (supported|enabled)/i)) return { says: `does not take passwords by \`${mechanism}\``, hint: "set `sasl.mechanism` to one that is switched on there" };
  if (type === "ILLEGAL_SASL_STATE") return { says: "asks for no user on this port", hint: "name the port that does, or take `sasl` out" };
  if (says(/authentication failed/i)) return { says: `does not let flowctl in: the user, its password or the mechanism \`${mechanism}\` is wrong`, hint: "check `sasl`" };
  if (says(/before secure TLS connection|wrong version number/i)) return { says: "speaks no TLS on this port", hint: "name the port that does, or take `tls` out" };
  if (says(/altnames/i)) return { says: "has a certificate for another name", hint: "write the certificate's name under `tls.server_name`, or the server's under `url`" };
  if (says(/alert.*certificate|certificate required/i)) return { says: tls?.cert === undefined ? "asks for a certificate of flowctl" : "does not take the certificate of flowctl", hint: "name one that it knows under `tls: { cert, key }`" };
  if (says(/certificate (has expired|is not yet valid)/i)) return { says: "has a certificate that is not valid now: it has expired, or begins later", hint: "let the server have a new one, and look at the clock of this machine" };
  if (says(/certificate/i)) return { says: "has a certificate that nobody vouches for", hint: "name the authority that signed it under `tls.ca`" };
  if (says(/closed/i)) return { says: "closes the connection without an answer", hint: closedBy(tls !== null, username !== undefined) };
  return { says: `cannot be used: ${message.replace(/^Connection error: /, "").trim().replace(/\.+$/, "")}`, hint: "is it running, and is `broker.url` right?" };
}

/** A server that is spoken to in another way than it expects does not say which one that is. */
function closedBy(tls: boolean, user: boolean): string {
  const asks = [...(tls ? [] : ["for TLS (`tls: {}`)"]), ...(user ? [] : ["for a user (`sasl`)"])];
  return asks.length === 0 ? "is this the port for TLS and SASL?" : `this port may ask ${asks.join(" or ")}`;
}
