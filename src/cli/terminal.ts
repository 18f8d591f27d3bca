/** Whether a stream shows colours: a terminal, and nobody said NO_COLOR (no-color.org). */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  if (process.env["NO_COLOR"]) return false;
  if (process.env["FORCE_COLOR"]) return process.env["FORCE_COLOR"] !== "0";
  return stream.isTTY && process.env["TERM"] !== "dumb";
}

/** A screen that can be drawn on, and a keyboard. */
export const hasScreen = (): boolean => process.stdout.isTTY && process.stdin.isTTY && process.env["TERM"] !== "dumb";

/** Resolves when the text is handed to the system, so that a pipe gets all of it before the process ends. */
export function print(text: string, stream: NodeJS.WriteStream = process.stdout): Promise<void> {
  return new Promise((done, fail) => {
    stream.write(text, (error) => (error ? fail(error) : done()));
  });
}
