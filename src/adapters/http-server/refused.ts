import type { IncomingMessage } from "node:http";
import { isLoopback } from "../../core/loopback.js";
import type { HttpAnswer } from "../../core/ports/http-server.js";

/**
 * What a web page of somebody else may have sent: browsers let any page send requests to this machine. A request that
 * says so is refused, and where only this machine can connect so is one for a name that is not this machine's (a name
 * that was made to point here).
 */
export function refused({ headers }: IncomingMessage, host: string): HttpAnswer | null {
  const site = headers["sec-fetch-site"] ?? "none";
  if (site !== "none" && site !== "same-origin") return forbidden("requests of other sites are not answered");
  if (isLoopback(host) && !isLoopback(nameOf(headers.host ?? ""))) return forbidden("the server is not called so");
  return null;
}

const forbidden = (message: string): HttpAnswer => ({ status: 403, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify({ code: "forbidden", message }) });

const nameOf = (host: string): string => host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1").toLowerCase();
