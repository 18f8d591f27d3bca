import type { Operator } from "../../core/ports/operator.js";

/** Nobody is there who would act on what is asked. */
export const actsLater = ({ server, shared }: Pick<Operator, "server" | "shared">): boolean => server === null && shared === undefined;

/** Nobody takes messages now. */
export const isUnserved = async ({ server, shared }: Pick<Operator, "server" | "shared">): Promise<boolean> => (shared === undefined ? server === null : (await shared.serving()) === 0);
