/** Values shorter than this are not looked for: hiding every `a` of a log would say more than it hides. */
const SHORTEST = 6;

/** Text with every known secret value replaced by `***`, the longest first, as itself and as it stands in a URL or in JSON. */
export function redact(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length < SHORTEST) continue;
    clean = clean.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***").replaceAll(encodeURI(secret), "***").replaceAll(JSON.stringify(secret).slice(1, -1), "***");
  }
  return clean;
}
