import { openSecrets } from "../../adapters/secret/secrets.js";
import { InfraError } from "../../core/errors.js";
import type { Encoding } from "../../core/format/encoding.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { RegistryRef } from "../../core/registry.js";
import { asInfra, codecOf } from "./formats.js";
import { openRegistryRef } from "./open-registry.js";

/** A schema that the registry would not take as the next version of its subject. */
export interface Misfit {
  readonly topic: string;
  readonly subject: string;
  readonly version: number;
  /** What the registry holds new versions to: `BACKWARD`. */
  readonly level: string;
  readonly reasons: readonly string[];
}

/** Each subject of these flows against its last version in the registry. Rejects with FC6060 where the project names none, with FC6061 where it cannot be asked. */
export async function checkSchemas(plans: readonly FlowPlan[], ref: RegistryRef | null, folder: string): Promise<readonly Misfit[]> {
  const subjects = new Map(plans.flatMap(({ topics }) => Object.entries(topics).flatMap(([topic, { encoding }]) => (encoding?.subject === undefined ? [] : [[`${encoding.subject} ${JSON.stringify(encoding)}`, { topic, subject: encoding.subject, encoding }] as const]))));
  const [first] = subjects.values();
  if (first === undefined) return [];
  if (ref === null) throw new InfraError("FC6060", `The messages of \`${first.topic}\` carry ids of schemas, and flowctl.yaml names no registry.`, { hint: "write `registry: http://HOST:8081` there" });
  await using registry = await openRegistryRef(ref, openSecrets({ env: process.env, folder }), folder);
  const misfit = async ({ topic, subject, encoding }: { readonly topic: string; readonly subject: string; readonly encoding: Encoding }): Promise<readonly Misfit[]> => {
    const { own } = await codecOf(encoding);
    // One that is there has been taken.
    if ((await registry.find(subject, own)) !== null) return [];
    const found = await registry.incompatible(subject, own);
    return found === null ? [] : [{ topic, subject, ...found, level: await registry.level(subject) }];
  };
  try {
    return (await Promise.all([...subjects.values()].map(misfit))).flat();
  } catch (thrown) {
    throw asInfra(thrown);
  }
}
