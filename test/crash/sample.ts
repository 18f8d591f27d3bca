/** So many of them, in their order. */
export function sample<T>(all: readonly T[], count: number, { next }: { next(): number }): T[] {
  let wanted = Math.min(Math.ceil(count), all.length);
  return all.filter((_, at) => {
    const taken = next() * (all.length - at) < wanted;
    if (taken) wanted -= 1;
    return taken;
  });
}
