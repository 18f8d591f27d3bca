import { FLOW_FILE, FLOW_KEYS, SHARED_KEYS } from "../src/compiler/shape/definitions/flow.js";
import { PROJECT } from "../src/compiler/shape/definitions/project.js";
import { STEP } from "../src/compiler/shape/definitions/step.js";
import { allKeys, topWithout } from "../src/compiler/shape/definitions/walk.js";
import type { Kind, KeysOutline, Outline } from "../src/compiler/shape/forms/form.js";
import type { Key, Keys } from "../src/compiler/shape/forms/keys.js";
import { label } from "../src/compiler/shape/forms/label.js";
import { GROUPS, MACROS } from "../src/expr/library/table.js";

const NOTE = "Generated from the definitions: do not edit. `flowctl explain KEY` prints the same.\n";

/** docs/reference/*.md: one page a section. */
export function referencePages(): Readonly<Record<string, string>> {
  const sections: readonly (readonly [string, string, string])[] = [
    ["triggers.md", "on", "Triggers"],
    ["topics.md", "topics", "Topics"],
    ["models.md", "models", "Models"],
    ["tools.md", "tools", "Tools"],
    ["agents.md", "agents", "Agents"],
    ["policies.md", "policies", "Policies"],
  ];
  const all: Keys = { ...SHARED_KEYS, ...FLOW_KEYS };
  return {
    "README.md": index(sections.map(([file, , title]) => [file, title])),
    "flow.md": page("A file", tables(flat(FLOW_FILE.outline, OWN_PAGES))),
    ...Object.fromEntries(sections.map(([file, key, title]) => [file, page(title, sectionOf(key, all[key]))])),
    "steps.md": page("Steps", kindPages("steps", STEP.outline, "Every step")),
    "project.md": page("The project file `flowctl.yaml`", ["A profile takes the keys of the file itself: `profiles.offline.models` is written as `models`.", ...tables(flat(PROJECT.outline, new Set(["profiles"])))]),
    "functions.md": functions(),
  };
}

/** Keys whose content has a page of its own. */
const OWN_PAGES = new Set(["on", "topics", "models", "tools", "agents", "policies", "steps", "catch"]);

const page = (title: string, parts: readonly string[]): string => `# ${title}\n\n${NOTE}\n${parts.join("\n\n")}\n`;

const index = (sections: readonly (readonly [string, string])[]): string =>
  page("Reference of all keys", [
    [["flow.md", "A file: its sections"] as const, ...sections, ["steps.md", "Steps and blocks"] as const, ["project.md", "The project file"] as const, ["functions.md", "The functions of expressions"] as const]
      .map(([file, title]) => `- [${title}](${file})`)
      .join("\n"),
    "How types and expressions are written, and which keys take which, is in [Types and expressions](../language.md).",
  ]);

function sectionOf(name: string, key: Key<unknown> | undefined): readonly string[] {
  if (key === undefined) return [];
  const outline = keysIn(key.form.outline);
  const head = `${key.description}${key.example === undefined ? "" : ` For example \`${name}: ${key.example}\`.`}`;
  if (outline === null) return [head];
  return [head, ...(outline.kinds === undefined ? tables(flat(outline)) : kindPages(name, outline, "Every one"))];
}

/** The map that stands behind a key, in a list, a record or as the long one of two forms. */
function keysIn(outline: Outline): KeysOutline | null {
  switch (outline.is) {
    case "keys":
      return outline;
    case "list":
    case "record":
      return keysIn(outline.of);
    case "either":
      return outline.of.map(keysIn).find((one) => one !== null) ?? null;
    case "named":
      return keysIn(outline.get());
    case "text":
    case "word":
    case "number":
    case "boolean":
    case "duration":
    case "cel":
    case "data":
    case "type":
      return null;
  }
}

function kindPages(name: string, outline: KeysOutline, common: string): readonly string[] {
  const all = outline.kinds ?? [];
  const rowsOf = ({ keys }: { readonly keys: Keys }): readonly Row[] => flat({ is: "keys", called: "", keys }, NOTHING, "catch");
  const of = (kind: Kind, level: string): string => `${level} \`${kind.key}\`\n\n${kind.description}\n\n\`${example(name, kind)}\`\n\n${table(rowsOf(kind).filter(({ later }) => kind.later || !later))}`;
  const shared = flat({ is: "keys", called: "", keys: outline.keys });
  const built = all.filter(({ later }) => !later);
  const missing = all.flatMap((kind) => {
    if (kind.later) return [of(kind, "###")];
    const rows = rowsOf(kind).filter(({ later }) => later);
    return rows.length === 0 ? [] : [`### Keys of \`${kind.key}\`\n\n${table(rows)}`];
  });
  return [`## ${common}\n\n${table(shared.filter(({ later }) => !later))}`, ...built.map((kind) => of(kind, "##")), ...unsupported(shared.filter(({ later }) => later), missing)];
}
const example = (name: string, { example }: Kind): string => (name === "steps" ? `- ${example}` : name === "on" ? `on: ${example}` : `name: ${example}`);

const NOTHING: ReadonlySet<string> = new Set();

interface Row {
  readonly path: string;
  readonly key: Key<unknown>;
  readonly later: boolean;
}

/** The keys of a section and those inside them, until one has a page of its own. */
function flat(outline: KeysOutline, closed: ReadonlySet<string> = NOTHING, ...unnamed: readonly string[]): readonly Row[] {
  const rows: Row[] = [];
  const inside = new Set<string>();
  for (const { path, written, key, later } of allKeys(outline, topWithout("step", "block", ...unnamed))) {
    const holder = path.slice(0, -1).join(".");
    if (inside.has(holder) || (holder !== "" && closed.has(path[0] ?? ""))) {
      inside.add(path.join("."));
      continue;
    }
    rows.push({ path: written.join("."), key, later });
  }
  return rows;
}

/** What works first; what does not, in a section at the end. */
const tables = (rows: readonly Row[]): readonly string[] => [table(rows.filter(({ later }) => !later)), ...unsupported(rows.filter(({ later }) => later))];

function unsupported(rows: readonly Row[], kinds: readonly string[] = []): readonly string[] {
  if (rows.length === 0 && kinds.length === 0) return [];
  return ["## Not supported by this version\n\nThe language has these too. Here each of them is the error FC2090.", ...(rows.length === 0 ? [] : [table(rows)]), ...kinds];
}

/** What expressions call. */
const functions = (): string =>
  page("Functions", [
    "The first argument may stand in front: `xs.sum()` is `sum(xs)`, and `contains(s, part)` is `s.contains(part)`; not so with `has`, `math.…` and `optional.…`, and those with an `x` of their own, such as `xs.map(x, f)`.",
    ...Object.entries({ ...GROUPS, "Element by element": MACROS }).map(([title, group]) => `## ${title}\n\n| function | gives |\n| --- | --- |\n${Object.values(group).map(({ form, description }) => `| \`${form}\` | ${cell(description)} |`).join("\n")}`),
  ]);

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ path, key }) => {
    const meaning = `${key.description}${key.example === undefined ? "" : ` For example \`${key.example}\`.`}`;
    return `| \`${path}\` | ${cell(label(key.form.outline))} | ${key.required ? "required" : key.default === undefined ? "" : cell(key.default.includes("`") ? key.default : code(key.default))} | ${cell(meaning)} |`;
  });
  return ["| key | form | default | meaning |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
/** Words stay words, values are code. */
const code = (text: string): string => (/^[\w.:/-]+$|^["[{]/.test(text) ? `\`${text}\`` : text);
