import type { CodeTable } from "./entry.js";

/** The server for the flows' `http` triggers. */
export const FC6_HTTP: CodeTable = {
  FC6030: {
    severity: "error",
    title: "Two flows for one request",
    explain: "Two flows that are served together have `http` triggers with the same method and path, whatever the fields in the path are called. A request is answered by one of them: give the other one a path of its own, or serve it in another process.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6031: {
    severity: "error",
    title: "Requests cannot be listened for",
    explain: "Flows with `http` triggers are served at `http.listen` of flowctl.yaml, by default 127.0.0.1:8480. Another program, perhaps another `flowctl run`, listens there already, or the address is none of this machine's. Take another port: `http: { listen: \"127.0.0.1:8481\" }`, or `--set http.listen=127.0.0.1:8481`.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6032: {
    severity: "warning",
    title: "Requests from other machines, in plain text",
    explain: "`http.listen` names an address that other machines can reach. What they send and get is not encrypted, and flowctl asks nobody who they are: whoever reaches the port can start runs. Listen on 127.0.0.1, behind a proxy that does both, unless the network is your own.",
    bad: "",
    good: "",
    from: "run",
  },
};
