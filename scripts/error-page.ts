import { CODES } from "../src/core/codes/table.js";

const BANDS: readonly (readonly [string, string])[] = [
  ["FC1", "YAML and the text of expressions"],
  ["FC2", "Shape: keys and the form of values"],
  ["FC3", "Names"],
  ["FC4", "Types"],
  ["FC5", "Meaning of the flow"],
  ["FC6", "Binding: secrets, models, endpoints"],
  ["FC7", "Compatibility"],
  ["FC9", "Internal"],
];

/** docs/errors.md: every code, with its explanation and examples. */
export function errorPage(): string {
  const codes = Object.entries(CODES).sort(([a], [b]) => a.localeCompare(b));
  const bands = BANDS.flatMap(([band, title]) => {
    const own = codes.filter(([code]) => code.startsWith(band));
    if (own.length === 0) return [];
    return [`## ${band}: ${title}\n`, ...own.map(([code, entry]) => section(code, entry))];
  });
  return `# Error codes

Generated from the diagnostics table: do not edit. \`flowctl explain CODE\` prints the same.

${codes.map(([code, { title }]) => `- [${code}](#${anchor(code, title)}) ${title}`).join("\n")}

${bands.join("\n")}`;
}

function section(code: string, { title, severity, explain, bad, good, files }: (typeof CODES)[keyof typeof CODES]): string {
  const beside = Object.entries(files ?? {}).map(([name, text]) => `\nBeside it, \`${name}\`:\n\n${fence("", text)}`);
  const examples = bad === "" ? "" : `\nNot so:\n\n${fence("yaml", bad)}${beside.join("")}\nBut so:\n\n${fence("yaml", good)}`;
  return `### ${code}: ${title}\n\n*${severity}*\n\n${explain}\n${examples}`;
}

const fence = (language: string, text: string): string => `\`\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\`\n`;
const anchor = (code: string, title: string): string =>
  `${code}: ${title}`
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, "")
    .replace(/ /g, "-");
