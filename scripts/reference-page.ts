import { FLOW_FILE, FLOW_KEYS, SHARED_KEYS } from "../src/compiler/shape/definitions/flow.js";
import { PROJECT } from "../src/compiler/shape/definitions/project.js";
import { STEP } from "../src/compiler/shape/definitions/step.js";
import { allKeys, topWithout } from "../src/compiler/shape/definitions/walk.js";
import type { Kind, KeysOutline, Outline } from "../src/compiler/shape/forms/form.js";
import type { Key, Keys } from "../src/compiler/shape/forms/keys.js";
import { label } from "../src/compiler/shape/forms/label.js";

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
    "flow.md": page("A file", [table(flat(FLOW_FILE.outline, OWN_PAGES))]),
    ...Object.fromEntries(sections.map(([file, key, title]) => [file, page(title, sectionOf(key, all[key]))])),
    "steps.md": page("Steps", kindPages("steps", STEP.outline, "Every step")),
    "project.md": page("The project file `flowctl.yaml`", [table(flat(PROJECT.outline))]),
  };
}

/** Keys whose content has a page of its own. */
const OWN_PAGES = new Set(["on", "topics", "models", "tools", "agents", "policies", "steps", "catch"]);

const page = (title: string, parts: readonly string[]): string => `# ${title}\n\n${NOTE}\n${parts.join("\n\n")}\n`;

const index = (sections: readonly (readonly [string, string])[]): string =>
  page("Reference of all keys", [
    [["flow.md", "A file: its sections"] as const, ...sections, ["steps.md", "Steps and blocks"] as const, ["project.md", "The project file"] as const]
      .map(([file, title]) => `- [${title}](${file})`)
      .join("\n"),
  ]);

function sectionOf(name: string, key: Key<unknown> | undefined): readonly string[] {
  if (key === undefined) return [];
  const outline = keysIn(key.form.outline);
  const head = `${key.description}${key.example === undefined ? "" : ` For example \`${name}: ${key.example}\`.`}`;
  if (outline === null) return [head];
  return [head, ...(outline.kinds === undefined ? [table(flat(outline))] : kindPages(name, outline, "Every one"))];
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
  const kinds = (outline.kinds ?? []).map((kind) => `## \`${kind.key}\`\n\n${kind.later ? "**Not supported by this version.** " : ""}${kind.description}\n\n\`${example(name, kind)}\`\n\n${table(flat({ is: "keys", called: "", keys: kind.keys }, NOTHING, "catch"))}`);
  return [`## ${common}\n\n${table(flat({ is: "keys", called: "", keys: outline.keys }))}`, ...kinds];
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

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ path, key, later }) => {
    const meaning = `${later ? "*Not supported by this version.* " : ""}${key.description}${key.example === undefined ? "" : ` For example \`${key.example}\`.`}`;
    return `| \`${path}\` | ${cell(label(key.form.outline))} | ${key.required ? "required" : key.default === undefined ? "" : cell(key.default.includes("`") ? key.default : code(key.default))} | ${cell(meaning)} |`;
  });
  return ["| key | form | default | meaning |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
/** Words stay words, values are code. */
const code = (text: string): string => (/^[\w.:/-]+$|^["[{]/.test(text) ? `\`${text}\`` : text);
