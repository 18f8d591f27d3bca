import { readFileSync, readdirSync } from "node:fs";

const kb = new URL("../kb/", import.meta.url);
const passages = readdirSync(kb).map((source) => ({ source, text: readFileSync(new URL(source, kb), "utf8").trim() }));

export function search({ q }: { readonly q: string }) {
  const asked = q.toLowerCase().match(/[a-z]{4,}/g) ?? [];
  const score = (text: string): number => asked.filter((word) => text.toLowerCase().includes(word)).length;
  return { passages: passages.toSorted((a, b) => score(b.text) - score(a.text)).slice(0, 1) };
}
