export const throws = () => {
  throw new Error("no luck");
};
export const forever = () => new Promise(() => undefined);
export const busy = () => {
  for (;;);
};
export const exits = () => process.exit(1);
export const wrong = () => ({ id: 7 });
