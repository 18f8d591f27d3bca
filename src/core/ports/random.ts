export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** An id that nobody else has, for entries and manual runs: 26 characters of base32. */
  id(): string;
}
