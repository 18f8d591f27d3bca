/** Where the inside of a text that is one `${…}` and nothing else lies: [from, to); null for any other text. */
export function oneHole(text: string): readonly [number, number] | null {
  const from = text.indexOf("${") + 2;
  if (from < 2 || text.slice(0, from - 2).trim() !== "") return null;
  let depth = 1;
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === undefined) break;
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return text.slice(at + 1).trim() === "" ? [from, at] : null;
  }
  return null;
}
