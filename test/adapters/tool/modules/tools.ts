// The module that the tests of module tools call. It is run as it stands, by type stripping.
interface Context {
  readonly signal: AbortSignal;
  readonly key: string;
  readonly log: (message: unknown) => void;
  readonly heartbeat: () => void;
}

let calls = 0;

export const echo = (input: unknown, { key }: Context) => ({ input, key });
export const count = () => ++calls;
export const nothing = () => undefined;
export async function logs(input: { readonly text: string }, ctx: Context) {
  ctx.log(input.text);
  ctx.log({ a: 1 });
  ctx.heartbeat();
  console.log("to stdout");
  console.error("to stderr");
  await Promise.resolve();
  return null;
}
export const odd = (input: { readonly what: string }): unknown => {
  const values: Record<string, unknown> = { function: () => 1, symbol: Symbol("s"), bigint: 1n, nan: Number.NaN, map: new Map(), hole: [undefined] };
  const circle: unknown[] = [];
  circle.push(circle);
  return input.what === "circle" ? circle : { deep: { x: values[input.what] } };
};
export const dates = () => ({ at: new Date(0), left: undefined });
export const big = () => "x".repeat(6 * 1024 * 1024);
export function fails(input: { readonly code?: string }) {
  throw Object.assign(new Error("no room"), { code: input.code, data: { beds: 0 }, retryAfterMs: 1500 });
}
export function rambles() {
  throw Object.assign(new Error("m".repeat(20_000_000)), { code: "declined", data: "d".repeat(6 * 1024 * 1024), stack: "s".repeat(20_000_000) });
}
export const throwsText = async () => {
  throw "plain text";
};
export const exits = () => process.exit(3);
export const strays = () =>
  new Promise(() => {
    setTimeout(() => {
      throw new Error("nobody caught me");
    }, 0);
  });
export const loops = () => {
  for (;;);
};
export const hangs = () => new Promise(() => undefined);
export const untilAborted = (_: unknown, { signal }: Context) =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve("tidied up"));
  });
export const eats = () => {
  const all: number[][] = [];
  for (;;) all.push(Array<number>(1_000_000).fill(0.5));
};
export const notAFunction = 7;
export const size = (input: string) => input.length;
