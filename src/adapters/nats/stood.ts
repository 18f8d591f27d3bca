/**
 * Where groups stood when this process last knew, by consumer or lease: one whose place at the server is deleted while it
 * is served goes on there, and not where a group begins that has never read.
 */
export interface Stood {
  /** When its stream was made: another one under its name is read from its beginning. */
  readonly created: string;
  /** The last message up to which everything is acknowledged. */
  readonly position: number;
  /** Of a lease: when that came, where it is known. */
  readonly at?: number | null;
  /** Of a lease: when the bucket was made in which that stands. */
  readonly bucket?: string;
}
export type StoodBy = Map<string, Stood>;
