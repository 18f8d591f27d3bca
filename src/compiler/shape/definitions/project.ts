import { isLoopback } from "../../../core/loopback.js";
import { PORT } from "../../../core/port.js";
import { list, record } from "../forms/combine.js";
import { built } from "../forms/form.js";
import { keys, later, may } from "../forms/keys.js";
import { DECLARED, DOTTED, name, type NameRule } from "../forms/names.js";
import { plain, TEXT, whole, word } from "../forms/scalars.js";
import { BROKER } from "./broker.js";
import { model } from "./model.js";
import { SITE_NAME } from "./queue.js";
import { REGISTRY } from "./registry.js";
import { STORE } from "./store.js";

const HOST: NameRule = {
  called: "a host",
  pattern: new RegExp(String.raw`^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9_.-]+)(:${PORT})?$`),
  allowed: "a host and perhaps its port, `127.0.0.1:8080`, without `http://`",
};

const ADDRESS: NameRule = { called: "an address and a port", pattern: new RegExp(String.raw`^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9_.-]+):${PORT}$`), allowed: "an address and a port, `127.0.0.1:8080`" };

/** Whoever reaches the port can start runs, and nothing is encrypted. */
const LISTEN = built(name(ADDRESS), (address, _node, at) => {
  if (!isLoopback(address.value.slice(0, address.value.lastIndexOf(":")))) at.report("FC6032", address.span, `Requests of other machines come to \`${address.value}\` in plain text, and nobody is asked who they are`, { hint: "listen on 127.0.0.1, and let a proxy in front of it do TLS and authentication" });
  return address;
});

const PLACE_KEYS = {
  store: may(STORE, "Where runs are kept: `sqlite:PATH`, a PostgreSQL server, which several processes share, or `memory` for runs that end with the process.", { default: "sqlite:.flowctl/flowctl.db", example: "sqlite:.flowctl/flowctl.db" }),
  broker: may(BROKER, "Where messages come from and go to: a broker, by its kind alone or with its address and how it lets flowctl in. `embedded` needs no server.", { default: "embedded", example: "{ kind: nats, url: \"nats://127.0.0.1:4222\" }" }),
  registry: may(REGISTRY, "The schema registry, for topics with `registry: { subject }`: its address, or a map that says how it lets flowctl in.", { example: "http://127.0.0.1:8081" }),
  models: may(record("models", DOTTED, model(true)), "Models over those of the flows: what is written here wins, key by key.", { example: "{ fast: { provider: scripted, answers: answers.yaml } }" }),
  network: may(
    keys("{ allow }", { allow: may(list(name(HOST)), "Private hosts that HTTP tools may reach.", { default: "[]", example: "[\"127.0.0.1:8080\"]" }) }),
    "What HTTP tools may reach. Private addresses are blocked but for those listed.",
    { example: '{ allow: ["127.0.0.1:8080"] }' },
  ),
  http: may(
    keys("{ listen }", { listen: may(LISTEN, "The address and port where requests are listened for; port 0 is any that is free.", { default: "127.0.0.1:8480", example: "127.0.0.1:8080" }) }),
    "The server for the flows' `http` triggers.",
    { example: '{ listen: "127.0.0.1:8080" }' },
  ),
  queues: may(
    record(
      "queues by name",
      DECLARED,
      keys("{ topic, concurrency, keys }", {
        topic: may(name(DOTTED), "The topic that carries its tasks, those of all flows. Tasks of a site are on `TOPIC.KEY`.", { default: "`flowctl.FLOW.task.QUEUE`", example: "acme.triage" }),
        concurrency: may(whole({ min: 1 }), "How many of its tasks a worker does at once.", { default: "64", example: "4" }),
        keys: may(list(name(SITE_NAME)), "Its sites, for `topics apply`, and for workers that serve all of them.", { default: "[]", example: "[berlin, oslo]" }),
      }),
    ),
    "How the tasks of queues travel, and how many of them a worker does at once.",
    { example: "{ triage: { concurrency: 4 } }" },
  ),
  telemetry: later(keys("{ … }", { endpoint: may(TEXT, "Where traces and metrics are sent.") }), "Where traces and metrics are sent."),
  control: later(keys("{ … }", { listen: may(TEXT, "The address of the control interface.") }), "The control interface of a running process."),
};
/** What a profile may change. */
export const PROFILE = keys("a profile", PLACE_KEYS);

export const PROJECT_KEYS = {
  flowctl: may(word("v1"), "The version of the language, `v1`."),
  ...PLACE_KEYS,
  flows: may(list(plain("a pattern")), "The project's flow files: `call` finds flows in them, and commands without paths take them. Each pattern must fit a file; without any, all flow files below the working folder are taken.", { example: '["flows/**/*.yaml"]' }),
  profiles: may(record("profiles", DECLARED, PROFILE), "Changes by name, chosen with `--profile`: a deep merge over the rest of the file.", { example: "{ offline: { models: { fast: { provider: scripted, answers: answers.yaml } } } }" }),
};

export const PROJECT = keys("the project file", PROJECT_KEYS);
