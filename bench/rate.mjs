/** Runs `count` calls of `one`, `width` at a time; per second. */
export async function rate(count, width, one) {
  let next = 0;
  const began = performance.now();
  const lane = async () => {
    while (next < count) await one((next += 1));
  };
  await Promise.all(Array.from({ length: width }, lane));
  return (count / (performance.now() - began)) * 1000;
}
