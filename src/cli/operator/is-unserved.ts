import type { Operator } from "../../core/ports/operator.js";

/** Nobody is there who takes messages, and would act on what is asked. */
export const isUnserved = async ({ server, shared }: Pick<Operator, "server" | "shared">): Promise<boolean> => (shared === undefined ? server === null : (await shared.serving()) === 0);
