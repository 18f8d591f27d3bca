import { InfraError } from "../../core/errors.js";
import type { Storage } from "./storage.js";

/** What has no broker. */
const NONE = "embedded";

/** Throws FC6059: who shares runs drives any of them, and what they emit goes where that process says topics are. */
export async function needSameBroker({ brokerInUse }: Pick<Storage, "brokerInUse">, kind: string | null, fed: boolean): Promise<void> {
  const mine = kind ?? NONE;
  const theirs = (await brokerInUse?.(mine, !fed)) ?? mine;
  if (theirs === mine) return;
  const others = theirs === NONE ? "no broker" : `the broker \`${theirs}\``;
  throw new InfraError("FC6059", `The runs of this store are shared by processes with ${others}, and this one has ${kind === null ? "none" : `\`${kind}\``}: what their runs emit would go astray.`, {
    hint: fed
      ? "Name theirs, with `--profile` or as `broker` in flowctl.yaml; or try things in a store of their own, with `--fresh`."
      : "Name the same broker; another project has another `schema` of the store. For another broker end all who serve first: one that died counts for up to 8 seconds more.",
  });
}
