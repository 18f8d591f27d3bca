import { describe, expect, it } from "vitest";
import { explainKey, keyPaths } from "../../../src/compiler/shape/definitions/lookup.js";

describe("explainKey", () => {
  it.each([
    ["steps.map.over", "steps.map.over", true],
    ["steps.when", "steps.when", true],
    ["on.dedupe", "on.topic.dedupe", true],
    ["on.dedupe.ttl", "on.topic.dedupe.ttl", true],
    ["agents.triage.limits.turns", "agents.limits.turns", true],
    ["agents.*.limits", "agents.limits", true],
    ["flow.id", "flow.id", true],
    ["network.allow", "network.allow", true],
    ["trace", "trace", false],
    ["steps.saga", "steps.saga", true],
    ["steps.wait", "steps.wait", true],
    ["steps.plan", "steps.plan", false],
    ["agents.memory.last", "agents.memory.last", false],
  ])("%s", (asked, path, supported) => {
    const found = explainKey(asked);
    expect(found).toMatchObject({ path, supported });
    expect(found?.description).toMatch(/\.$/);
  });
  it("nothing for what is no key", () => {
    expect(explainKey("steps.nothing")).toBeNull();
    expect(explainKey("")).toBeNull();
  });
  it("names the keys inside", () => {
    expect(explainKey("policies.retry")?.keys).toEqual(["max", "backoff", "initial", "cap", "jitter", "on"]);
  });
});

describe("the one list of keys", () => {
  it("has every key that the language names", () => {
    const paths = new Set(keyPaths().map((path) => path.split(".").at(-1)));
    const named = `flowctl flow id version summary use types models topics tools agents policies secrets on input output budget timeout steps value catch
      provider model temperature api api_key base_url price message key dlq compatibility http method url headers module expr effect idempotency errors status type
      kind instructions repair limits turns usd tokens file where dedupe ttl ordering by release concurrency group from with when policy queue lock compensate pivot trust on_unknown
      agent tool set emit switch parallel map loop saga call wait ask get put plan fail return pick else join rest branches after over as init until while max on_max
      topic since collect for signal question show default to on_timeout max_steps code data do detach idle retry backoff initial cap jitter breaker failures reset rate window per
      mode schedule zone manual seq gap on_gap priority reply size every count grace late aggregate having burst excess before table time retention format registry subject envelope max_bytes claim_check
      fast deep escalate members handoffs memory session last skills guards check on_fail pii judge min mcp search request openapi servers command env approval max_calls verify heartbeat cache batch
      knowledge files embed tables store broker queues network allow telemetry control flows profiles trace pin backlog queue_timeout header field`.split(/\s+/);
    expect(named.filter((name) => !paths.has(name))).toEqual([]);
  });
});
