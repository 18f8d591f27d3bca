/** Text that comes in pieces, redacted: what could be the beginning of a secret is held back until it is known. */
export interface RedactedStream {
  /** What of the text so far may be shown. */
  push(piece: string): string;
  /** The rest, when no more comes. */
  end(): string;
}

export function redactedStream(secrets: Iterable<string>, redact: (text: string) => string): RedactedStream {
  // A secret of odd characters may come in other forms too; the answer that is kept is redacted as a whole.
  const forms = [...secrets].flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  let held = "";
  return {
    push(piece) {
      const text = redact(held + piece);
      held = beginning(text, forms);
      return text.slice(0, text.length - held.length);
    },
    end() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** The longest end of the text with which a form begins. */
function beginning(text: string, forms: readonly string[]): string {
  let longest = "";
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length > longest.length; length -= 1) {
      if (form.startsWith(text.slice(text.length - length))) longest = text.slice(text.length - length);
    }
  }
  return longest;
}
