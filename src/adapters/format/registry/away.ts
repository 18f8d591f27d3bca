/** A registry that does not answer, or not now: whoever asks waits and asks again. */
export class RegistryAway extends Error {
  override readonly name = "RegistryAway";
}
