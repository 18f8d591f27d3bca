/** Of every topic that flowctl keeps itself. */
export const PARTITIONS = 8;

/** Messages without a key keep their order too: they share the first partition. */
export function partitionOf(key: string | null): number {
  if (key === null) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}
