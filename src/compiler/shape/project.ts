import type { Diagnostic } from "../../core/diagnostic.js";
import { report } from "../../core/codes/report.js";
import { similar } from "../../core/typing/similar.js";
import { secretsOfModels } from "../rules/plain-secret.js";
import { sharedTopics } from "../rules/queue-topics.js";
import type { MapNode, Node, SourceFile } from "../parse/tree.js";
import { PROJECT, PROJECT_KEYS } from "./definitions/project.js";
import { placesOf } from "./definitions/walk.js";
import { firstKey } from "./forms/combine.js";
import { matchKeys, readEach, type ReadKeys } from "./forms/keys.js";
import { startReading } from "./forms/reading.js";
import { mergeNodes, valueOf, without } from "./merge.js";
import type { ProjectFile } from "./project-ast.js";
import { readSetting } from "./setting.js";

export interface ProjectChoice {
  readonly profile?: string | undefined;
  /** `a.b=value`, each. */
  readonly sets?: readonly string[] | undefined;
}
export interface ShapedProject {
  /** Null when there are errors. */
  readonly project: ProjectFile | null;
  readonly diagnostics: readonly Diagnostic[];
  /** The settings, as files that diagnostics point into. */
  readonly sources: readonly SourceFile[];
}

/** The project file with its profile, then `--set`, merged over it. Profiles that are not chosen are checked too. */
export function shapeProject(document: Node, source: SourceFile, choice: ProjectChoice = {}): ShapedProject {
  if (document.kind !== "map") {
    if (document.kind === "scalar" && document.value === null) return shapeProject({ kind: "map", flow: false, span: document.span, entries: [] }, source, choice);
    return { project: null, diagnostics: [report("FC2018", document.span, "A project file is a map of keys such as `store`, `models` and `profiles`")], sources: [] };
  }
  const whole = read(document);
  const settings = (choice.sets ?? []).map(readSetting);
  const chosen = choice.profile === undefined ? { node: null, diagnostics: [] } : profileOf(document, choice.profile);
  const over = [chosen.node, ...settings.map(({ map }) => map)].filter((node) => node !== null);
  const merged = over.reduce<Node>(mergeNodes, without(document, "profiles"));
  const { values, diagnostics } = over.length > 0 && merged.kind === "map" ? read(merged) : whole;
  const models = [whole.values, ...(whole.values.profiles ?? []).map(({ value }) => value), values].flatMap((place) => place.models ?? []);
  const all = distinct([...oneJournal(merged, values), ...secretsOfModels(models), ...[whole.values, values].flatMap(({ queues = [] }) => sharedTopics(queues)), ...whole.diagnostics, ...chosen.diagnostics, ...settings.flatMap((one) => one.diagnostics), ...diagnostics]);
  const profiles = valueOf(document, "profiles");
  const project: ProjectFile = {
    path: source.path,
    span: document.span,
    ...(values.store === undefined ? {} : { store: values.store }),
    ...(values.broker === undefined || values.broker === "embedded" ? {} : { broker: values.broker }),
    ...(values.registry === undefined ? {} : { registry: values.registry }),
    models: values.models ?? [],
    allow: values.network?.allow ?? [],
    ...(values.http?.listen === undefined ? {} : { listen: values.http.listen }),
    queues: Object.fromEntries((values.queues ?? []).map(({ name, value: { topic, concurrency, keys } }) => [name.value, { ...(topic === undefined ? {} : { topic: topic.value }), ...(concurrency === undefined ? {} : { concurrency: concurrency.value }), keys: (keys ?? []).map(({ value }) => value) }])),
    flows: values.flows ?? [],
    profiles: profiles?.kind === "map" ? profiles.entries.map(({ key }) => key.text) : [],
  };
  return { project: all.some(({ severity }) => severity === "error") ? null : project, diagnostics: all, sources: settings.map((one) => one.source) };
}

/** I19: what the broker has been told is done lives in the store alone. */
function oneJournal(merged: Node, { broker, store }: ReturnType<typeof read>["values"]): readonly Diagnostic[] {
  const written = merged.kind === "map" ? valueOf(merged, "broker") : undefined;
  if (written === undefined || broker === undefined || broker === "embedded" || store?.kind === "postgres") return [];
  const where = store === undefined ? "`.flowctl/flowctl.db`" : store.kind === "memory" ? "memory" : `\`${store.path}\``;
  return [report("FC6042", written.span, `What is acknowledged at the broker lives only in ${where}`, { hint: "`flowctl backup` copies it; who loses it loses the runs that are open" })];
}

let places: ReadonlyMap<string, readonly string[]> | undefined;

function read(document: MapNode): { readonly values: ReadKeys<typeof PROJECT_KEYS>["values"]; readonly diagnostics: readonly Diagnostic[] } {
  const { at, diagnostics } = startReading("the project file", firstKey(document), () => (places ??= placesOf(PROJECT.outline)));
  const { entries } = matchKeys(document, PROJECT.outline, at);
  return { values: readEach(PROJECT_KEYS, entries, "the project file", at).values, diagnostics };
}

function profileOf(document: MapNode, name: string): { readonly node: Node | null; readonly diagnostics: readonly Diagnostic[] } {
  const profiles = valueOf(document, "profiles");
  const names = profiles?.kind === "map" ? profiles.entries.map(({ key }) => key.text) : [];
  const found = profiles?.kind === "map" ? valueOf(profiles, name) : undefined;
  if (found !== undefined) return { node: found, diagnostics: [] };
  const near = similar(name, names);
  const hint = near !== null ? `did you mean \`${near}\`?` : names.length > 0 ? `there are ${names.map((one) => `\`${one}\``).join(", ")}` : "the file has no `profiles`";
  return { node: null, diagnostics: [report("FC2019", profiles?.span ?? firstKey(document), `There is no profile \`${name}\``, { hint })] };
}

/** What stands in the file and in a profile is read twice, and said once. */
const distinct = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] => [
  ...new Map(diagnostics.map((one) => [`${one.code} ${one.span.file}:${one.span.start} ${one.message}`, one])).values(),
];
