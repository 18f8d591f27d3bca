/** No outage: the same call fails the same way for ever. It ends the runtime instead of being tried again. */
export const isBug = (thrown: unknown): boolean => thrown instanceof TypeError || thrown instanceof ReferenceError;
