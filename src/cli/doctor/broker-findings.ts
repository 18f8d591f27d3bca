import type { BrokerRef } from "../../core/broker.js";
import { isLoopback } from "../../core/loopback.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { topicNeeds } from "../../core/plan/topic-needs.js";
import type { Project } from "../files/project.js";
import { needNoTopics } from "../wire/need-no-topics.js";
import { openBrokerAlone } from "../wire/open-broker.js";
import type { Finding } from "./doctor.js";
import { failing } from "./failing.js";

/** The profile's broker: whether it can be used, what it promises and what to set, and what the flows need of it. `apply` makes what is missing. */
export async function brokerFindings({ file, folder }: Project, plans: readonly FlowPlan[], apply: string): Promise<readonly Finding[]> {
  const ref = file?.broker;
  if (ref === undefined) return file?.store?.kind === "postgres" ? ownBus(plans) : [];
  try {
    await using broker = await openBrokerAlone(ref, folder);
    const needs = topicNeeds(plans, file?.queues);
    const here = onThisMachine(ref);
    const promised = (await broker.promises(needs)).map(({ what, is, alone, says }): Finding => ({ what, ok: is !== "missing", ...(is === "weak" ? { weak: here && alone === true ? "here" : true } : {}), says }));
    const provisions = await broker.provisioner.plan(needs);
    const missing = provisions.filter(({ of, action }) => of === "topic" && action === "create").map(({ what }): Finding => ({ what: "topic", ok: false, says: `${what} is not there: ${apply}` }));
    const weak = provisions.flatMap(({ what, weak: all }) => all.map((one): Finding => ({ what: "topic", ok: true, weak: true, says: `${what}: ${one}` })));
    return [...promised, ...missing, ...weak];
  } catch (error) {
    return [failing("bus", error)];
  }
}

/** Beside runs that processes share there is no bus for topics; flows without any need none. */
function ownBus(plans: readonly FlowPlan[]): readonly Finding[] {
  try {
    needNoTopics(plans);
    return [];
  } catch (error) {
    return [failing("bus", error)];
  }
}

/** One server of a developer: it has no other to stand in for it, and loses power together with who uses it. */
const onThisMachine = ({ urls }: BrokerRef): boolean => urls.every(([url, ...more]) => more.length === 0 && typeof url === "string" && isLoopback(url.replace(/^(?:[a-z]+:\/\/)?(?:[^@/]*@)?/i, "").replace(/(?::\d+)?(?:\/\d*)?$/, "")));
