import type { Operator } from "../../core/ports/operator.js";

/** Nobody is there who would act on what is asked. */
export const actsLater = ({ server, shared }: Pick<Operator, "server" | "shared">): boolean => server === null && shared !== true;
