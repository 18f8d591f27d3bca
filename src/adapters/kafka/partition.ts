const MIXER = 0x5bd1e995;
const SEED = 0x9747b28c;

/** Where Kafka's own client and most others put a key. The library says the same by a dozen bigints for each four bytes. */
export const partitionOf = (key: string, partitions: number): number => (murmur2(Buffer.from(key)) & 0x7fff_ffff) % partitions;

function murmur2(data: Buffer): number {
  const { length } = data;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = Math.imul(data.readInt32LE(at), MIXER);
    word = Math.imul(word ^ (word >>> 24), MIXER);
    hash = Math.imul(hash, MIXER) ^ word;
  }
  if (at < length) {
    for (let shift = 0; at < length; at += 1, shift += 8) hash ^= (data[at] ?? 0) << shift;
    hash = Math.imul(hash, MIXER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MIXER);
  return hash ^ (hash >>> 15);
}
