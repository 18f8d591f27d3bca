import type { Path } from "./run-id.js";

/** What the end of a child is called in its parent's journal, where it is a signal. Names that authors give hold no space. */
export const endName = (path: Path): string => `${END}${path}`;
/** The step that waited for that child; null: it is another signal. */
export const endedStep = (name: string): Path | null => (name.startsWith(END) ? name.slice(END.length) : null);
const END = "end of ";
