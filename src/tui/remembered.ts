/** The function, which gives its last result again while it is asked the same. */
export function remembered<A extends readonly unknown[], R>(make: (...all: A) => R): (...all: A) => R {
  let last: { readonly all: A; readonly result: R } | null = null;
  return (...all) => {
    if (last === null || last.all.some((one, index) => !Object.is(one, all[index]))) last = { all, result: make(...all) };
    return last.result;
  };
}
