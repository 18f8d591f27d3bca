// Retrieval over Markdown: every section under a heading is a passage, ranked by how many of the question's words it holds.
import { readdirSync, readFileSync } from "node:fs";

interface Passage {
  readonly source: string;
  readonly text: string;
}

const root = new URL("../kb/", import.meta.url);
const shelves = new Map<string, readonly Passage[]>();

const words = (text: string): readonly string[] => text.toLowerCase().match(/[a-z]{3,}/g) ?? [];

function passages(folder: string): readonly Passage[] {
  const known = shelves.get(folder);
  if (known) return known;
  const shelf = readdirSync(new URL(`${folder}/`, root))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .flatMap((name) =>
      readFileSync(new URL(`${folder}/${name}`, root), "utf8")
        .split(/^## /m)
        .slice(1)
        .map((section) => ({ source: `${folder}/${name}#${section.split("\n")[0] ?? ""}`, text: section.trim() })),
    );
  shelves.set(folder, shelf);
  return shelf;
}

export function search(input: { readonly folder: "billing" | "technical"; readonly q: string; readonly limit: number }) {
  const asked = new Set(words(input.q));
  const ranked = passages(input.folder)
    .map((passage) => ({ passage, score: new Set(words(passage.text).filter((word) => asked.has(word))).size }))
    .sort((a, b) => b.score - a.score)
    .slice(0, input.limit);
  return { passages: ranked.map(({ passage }) => passage) };
}
