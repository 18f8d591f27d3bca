import type { Press } from "./press.js";

/** One line of text that is being typed. */
export interface Typed {
  readonly text: string;
  /** Offset of the cursor. */
  readonly at: number;
}

export const typedText = (text: string): Typed => ({ text, at: text.length });

/** The text after a key; null where the key does nothing to it. */
export function type({ text, at }: Typed, press: Press): Typed | null {
  switch (press.key) {
    case "text": {
      // What is pasted may be many lines: it is one here.
      const added = press.text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
      return { text: text.slice(0, at) + added + text.slice(at), at: at + added.length };
    }
    case "backspace": {
      const from = before(text, at);
      return { text: text.slice(0, from) + text.slice(at), at: from };
    }
    case "left":
      return { text, at: before(text, at) };
    case "right":
      return { text, at: Math.min(at + (isPair(text, at) ? 2 : 1), text.length) };
    case "home":
      return { text, at: 0 };
    case "end":
      return { text, at: text.length };
    case "clear":
      return { text: "", at: 0 };
    default:
      return null;
  }
}

const isPair = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;
const before = (text: string, at: number): number => Math.max(at - (at > 1 && isPair(text, at - 2) ? 2 : 1), 0);
