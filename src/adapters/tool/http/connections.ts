import { lookup as dnsLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector, type Dispatcher } from "undici";
import { messageOf } from "../../../core/message-of.js";
import { isPrivateAddress } from "./private-address.js";

/** Connections of all http tools, kept alive and pooled by origin. */
export interface HttpConnections extends AsyncDisposable {
  readonly dispatcher: Dispatcher;
}

/** No connection was made: nothing can have been applied. */
export class NotConnected extends Error {
  override readonly name = "NotConnected";
}

export class PrivateAddress extends NotConnected {}

/**
 * The address is checked where the socket connects, after the name is resolved: a name cannot answer one address to
 * the check and another to the connection. `allow` has the project's `network.allow`: `host:port`, or `host` for any port.
 */
export function openHttpConnections(options: { readonly allow: readonly string[] }): HttpConnections {
  const isAllowed = allowList(options.allow);
  const open = buildConnector({});
  // `lookup` goes to net.connect with the rest; only its type does not name it.
  const guardedOptions: Parameters<typeof buildConnector>[0] & { readonly lookup: LookupFunction } = { lookup: publicLookup };
  const openGuarded = buildConnector(guardedOptions);
  const agent = new Agent({
    // The signal of a call says when it is enough.
    headersTimeout: 0,
    bodyTimeout: 0,
    connections: MOST_CONNECTIONS,
    connect: (target, callback) => {
      const host = target.hostname.replace(/^\[(.*)\]$/, "$1");
      const port = target.port === "" ? (target.protocol === "https:" ? "443" : "80") : target.port;
      const settle: typeof callback = (...[error, socket]) => {
        if (error === null) callback(null, socket);
        else callback(error instanceof NotConnected ? error : new NotConnected(messageOf(error), { cause: error }), null);
      };
      if (isAllowed(host, port)) open(target, settle);
      else if (isIP(host) !== 0 && isPrivateAddress(host)) settle(privateAddress(host, host), null);
      else openGuarded(target, settle);
    },
  });
  return { dispatcher: agent, [Symbol.asyncDispose]: () => agent.destroy() };
}

/** To one origin at once; more wait. */
const MOST_CONNECTIONS = 256;

const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    const first = addresses?.[0];
    const hidden = addresses?.find(({ address }) => isPrivateAddress(address));
    if (error !== null) callback(error, "", 0);
    else if (hidden !== undefined) callback(privateAddress(hostname, hidden.address), "", 0);
    else if (first === undefined) callback(new NotConnected(`\`${hostname}\` has no address`), "", 0);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

const privateAddress = (host: string, address: string): PrivateAddress =>
  new PrivateAddress(`\`${host}\` is ${host === address ? "" : "at "}the private address ${address}: list it under \`network.allow\` in flowctl.yaml if the tool may reach it`);

function allowList(allow: readonly string[]): (host: string, port: string) => boolean {
  const entries = new Set(
    allow.map((entry) => {
      const [, name = entry, port = "*"] = isIP(entry) === 6 ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
      return `${plainHost(name)} ${port}`;
    }),
  );
  return (host, port) => entries.has(`${plainHost(host)} ${port}`) || entries.has(`${plainHost(host)} *`);
}

/** As URLs write it: lower case, IPv4 in dots, IPv6 without brackets in its shortest form. */
function plainHost(name: string): string {
  const host = isIP(name) === 6 ? `[${name}]` : name;
  return (URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host).replace(/^\[(.*)\]$/, "$1");
}
