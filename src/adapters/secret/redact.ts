/** Values shorter than this are not looked for: hiding every `a` of a log would say more than it hides. */
const SHORTEST = 6;

/** Text with every known secret value replaced by `***`, the longest first, as itself and as it stands in a URL or in JSON. */
export function redact(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const form of formsOf(secrets)) clean = clean.replaceAll(form, "***");
  return clean;
}

/** Every text in which a secret may stand, the longest secret first. */
export const formsOf = (secrets: Iterable<string>): readonly string[] =>
  [...secrets]
    .filter((secret) => secret.length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
    .flatMap((secret) => [secret, encodeURIComponent(secret), encodeURI(secret), JSON.stringify(secret).slice(1, -1)]);
