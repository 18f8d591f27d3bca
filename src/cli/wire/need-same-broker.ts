import type { BrokerRef, SecretText } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import type { Storage } from "./storage.js";

/** What has no broker. */
const NONE = "embedded";

/**
 * Throws FC6059 where the broker of those whose runs are there is of another kind: this process drives them too, and what
 * they emit goes where it says topics are. Gives FC6046 where none of its servers is one of theirs: a cluster has many names.
 */
export async function needSameBroker({ brokerInUse }: Pick<Storage, "brokerInUse">, broker: Pick<BrokerRef, "kind" | "urls"> | null, fed: boolean): Promise<readonly string[]> {
  const [kind, places] = [broker?.kind ?? NONE, placesOf(broker?.urls ?? [])];
  const [theirs = kind, ...others] = (await brokerInUse?.([kind, ...places].join(" "), !fed))?.split(" ") ?? [];
  if (theirs !== kind) throw another(theirs, broker?.kind ?? null, fed);
  if (places.length === 0 || others.length === 0 || places.some((place) => others.includes(place))) return [];
  return [`FC6046: the runs of this store are of processes with ${kind} at ${others.join(", ")}, and this one has ${places.join(", ")}: what it emits for them is there alone, unless both are one cluster`];
}

/** Hosts, ports and databases; none where one of them is in a secret. */
const placesOf = (urls: readonly SecretText[]): readonly string[] => (urls.flat().every((part) => typeof part === "string") ? urls.map((url) => url.join("").replace(/^\w+:\/\/|\/$/g, "")) : []);

function another(theirs: string, mine: string | null, fed: boolean): InfraError {
  const others = theirs === NONE ? "no broker" : `the broker \`${theirs}\``;
  return new InfraError("FC6059", `The runs of this store are of processes with ${others}, and this one has ${mine === null ? "none" : `\`${mine}\``}: what their runs emit would go astray.`, {
    hint: fed
      ? "Name theirs, with `--profile` or as `broker` in flowctl.yaml; or try things in a store of their own, with `--fresh`."
      : "Name the same broker; another project has another `schema` of the store. For another broker end all who serve first: one that died counts for up to 8 seconds more.",
  });
}
