/** What of an address with a user and a password is a secret: both, and what a request sends of them. */
export function credentialsIn(text: string): readonly string[] {
  const url = URL.parse(text);
  return url === null ? [] : credentialsOf(url);
}

export function credentialsOf({ username, password }: URL): readonly string[] {
  if (password === "") return username === "" ? [] : [decoded(username), basic(decoded(username), "")];
  return [decoded(password), basic(decoded(username), decoded(password))];
}

const basic = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString("base64");

/** A password may hold a % of its own. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
