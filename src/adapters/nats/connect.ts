import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { connect, credsAuthenticator, nkeyAuthenticator, tokenAuthenticator, usernamePasswordAuthenticator, type Authenticator, type NatsConnection } from "@nats-io/transport-node";
import type { BrokerConnection } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import { clauseOf } from "../../core/message-of.js";
import { pemsNow } from "../pems-now.js";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Connected, and connected again for as long as it is open. Rejects with FC6043 when nobody answers now. */
export async function connectTo(connection: BrokerConnection): Promise<NatsConnection> {
  const { urls, renewed = () => connection } = connection;
  const tls = tlsFor(connection);
  let made: NatsConnection | undefined;
  try {
    made = await connect({
      servers: [...urls],
      name: "flowctl",
      authenticator: authenticators(connection, () => made !== undefined),
      // Of a server that is away for long the runtime says so itself; it comes back whenever it does.
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      ignoreAuthErrorAbort: true,
      timeout: 5000,
      pingInterval: 10_000,
      noAsyncTraces: true,
      ...(tls === null ? {} : { tls: Object.assign(pemsNow(() => renewed().tls), identified(tls.serverName, urls)) }),
    });
  } catch (cause) {
    throw new InfraError("FC6043", `The NATS server ${urls.map(hostOf).join(", ")} cannot be used: ${clauseOf(cause)}.`, { hint: isUrl(urls) ? "is it running, and are `broker.url`, `tls` and `auth` right?" : "what stands before the `@` of `broker.url` has to be percent-encoded; `auth` takes a password as it is", cause });
  }
  if (made.info?.jetstream === true) return made;
  await made.close();
  throw new InfraError("FC6043", `The NATS server ${urls.map(hostOf).join(", ")} has no JetStream.`, { hint: "start it with `-js` or a `jetstream {}` block: topics are streams" });
}

function authenticators(connection: BrokerConnection, isAgain: () => boolean): Authenticator[] {
  const { creds, nkey, token, username, renewed = () => connection } = connection;
  const shown = [
    ...(creds === undefined ? [] : [credsAuthenticator(() => encode(inLines(renewed().creds ?? "")))]),
    ...(nkey === undefined ? [] : [nkeyAuthenticator(() => encode(renewed().nkey ?? ""))]),
    ...(token === undefined ? [] : [tokenAuthenticator(() => renewed().token ?? "")]),
    ...(username === undefined ? [] : [usernamePasswordAuthenticator(() => renewed().username ?? "", () => renewed().password ?? "")]),
  ];
  return shown.map((one) => (nonce) => {
    try {
      return one(nonce);
    } catch (thrown) {
      // A file that is half written: the client would end for ever, and the server says that it lets nobody in without.
      if (isAgain()) return undefined;
      throw thrown;
    }
  });
}

/** The client reads the last line by its break, which a secret comes without, and takes those of Windows for none. */
const inLines = (creds: string): string => `${creds.replaceAll("\r\n", "\n")}\n`;

/** A `tls://` asks for TLS at each of the servers. The client looks at no scheme: without options it would take plain text. */
export const tlsFor = ({ urls, tls }: BrokerConnection): BrokerConnection["tls"] => tls ?? (urls.some((url) => /^tls:\/\//i.test(url)) ? {} : null);

/** The client passes them to Node.js, which calls the name differently. */
const identified = (serverName: string | undefined, urls: readonly string[]) => (serverName === undefined ? { checkServerIdentity: identityOf(urls) } : { servername: serverName });

/** What Node.js takes a server for of which it has no name: one that is an address the client gives none. */
const NAMELESS = "localhost";

/** A certificate is the one of its name, or of one of the addresses that are named: to which of them it belongs nobody says. */
function identityOf(urls: readonly string[]): (name: string, certificate: PeerCertificate) => Error | undefined {
  const addresses = urls.map((url) => hostOf(url).replace(/:\d+$/, "").replace(/^\[|\]$/g, "")).filter((host) => isIP(host) !== 0 || host === NAMELESS);
  return (name, certificate) => {
    const failures = (name === NAMELESS && addresses.length > 0 ? addresses : [name]).map((one) => checkServerIdentity(one, certificate));
    return failures.includes(undefined) ? undefined : failures[0];
  };
}

/** The client says no more than that it is none. */
const isUrl = (urls: readonly string[]): boolean => urls.every((url) => !url.includes("@") || URL.canParse(/^[a-z]+:\/\//i.test(url) ? url : `nats://${url}`));

/** Without what stands before an `@`: that may be a secret, also where it is not written as a url wants it. */
export const hostOf = (url: string): string => url.replace(/^(?:[a-z]+:\/\/)?(?:.*@)?/is, "");
