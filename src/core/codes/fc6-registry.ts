import type { CodeTable } from "./entry.js";

/** The schema registry that flowctl.yaml names. */
export const FC6_REGISTRY: CodeTable = {
  FC6060: {
    severity: "error",
    title: "No schema registry for a topic that needs one",
    explain: "A topic with `registry: { subject }` carries messages with the id of their schema, and ids are numbers of a registry. flowctl.yaml has to say which one: `registry: http://127.0.0.1:8081`, or `registry: { url, auth, tls }`. Without `registry:` on the topic its messages are bare, and no registry is asked.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6061: {
    severity: "error",
    title: "The schema registry cannot be used",
    explain: "The registry did not answer when flowctl began, did not let it in, or does not take a schema that a flow emits with; the message says which. Once flows run, a registry that goes away delays what needs it, and nothing is lost: schemas that were looked up are kept, and messages of other schemas wait.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6062: {
    severity: "warning",
    title: "A schema registry over the network, in plain text",
    explain: "The registry is another machine, and what goes to it is not encrypted: whoever stands in between reads the password and can answer with a schema of their own. Write its url with `https://`.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6063: {
    severity: "error",
    title: "No address of a schema registry",
    explain: "`registry.url` in flowctl.yaml is a url with `http://` or `https://`, or a list of them. User and password do not stand in it: they have keys of their own under `auth`, and are secrets by reference.",
    bad: "",
    good: "",
    from: "run",
  },
};
