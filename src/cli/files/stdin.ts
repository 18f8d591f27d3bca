import { text } from "node:stream/consumers";

let whole: Promise<string> | undefined;

/**
 * All of stdin, read once. Not with readFileSync(0): a pipe that is not blocking answers EAGAIN as long as its writer is
 * slower than we are.
 */
export const readStdin = (): Promise<string> => (whole ??= text(process.stdin));
