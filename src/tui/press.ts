import type { Key } from "ink";

/** A key as the UI knows it. `text` is what was typed or pasted. */
export type Press =
  | { readonly key: "text"; readonly text: string }
  | { readonly key: "up" | "down" | "left" | "right" | "pageup" | "pagedown" | "home" | "end" | "enter" | "escape" | "tab" | "backspace" | "clear" | "half-up" | "half-down" | "interrupt" | "suspend" };

/** Keys that came together: letters of one read are each a key of their own, unless they are `typed` as text. */
export function pressesOf(input: string, key: Key, typing: boolean): readonly Press[] {
  const named = NAMED.find(([name]) => key[name]);
  if (named !== undefined) return [{ key: named[1] }];
  if (key.ctrl) {
    const known = CTRL[input];
    return known === undefined ? [] : [{ key: known }];
  }
  if (input === "" || key.meta) return [];
  if (!typing) return Array.from(input, (text) => (isNewline(text) ? { key: "enter" } : { key: "text", text }));
  // Typed fast, or by a program: the end of the line came with it. Line ends within a pasted text are part of it.
  const text = input.replace(/[\r\n]+$/, "");
  return [...(text === "" ? [] : [{ key: "text" as const, text }]), ...(text === input ? [] : [{ key: "enter" as const }])];
}

const isNewline = (text: string): boolean => text === "\r" || text === "\n";

const NAMED = [
  ["upArrow", "up"], ["downArrow", "down"], ["leftArrow", "left"], ["rightArrow", "right"],
  ["pageUp", "pageup"], ["pageDown", "pagedown"], ["home", "home"], ["end", "end"],
  ["return", "enter"], ["escape", "escape"], ["tab", "tab"], ["backspace", "backspace"], ["delete", "backspace"],
] as const;

const CTRL: Readonly<Record<string, Exclude<Press["key"], "text">>> = { c: "interrupt", z: "suspend", u: "half-up", d: "half-down", f: "pagedown", b: "pageup", a: "home", e: "end", n: "down", p: "up" };
