import type { Json, JsonObject } from "../../../src/core/json.js";
import { type Draft, hole, newId, onQueue, type Place, someNumber } from "./place.js";
import { FAR, NUMBER, READS, REPEATABLE, UNDO_TOOL, WRITES } from "./tools.js";

/** A step, and what later steps of its list can read of it. */
interface Made {
  readonly step: JsonObject;
  readonly reads: readonly string[];
}

type Make = (draft: Draft, place: Place) => Made;

/** A list of steps; each may read those before it. */
export function makeSteps(draft: Draft, place: Place, most: number): { readonly steps: JsonObject[]; readonly reads: readonly string[] } {
  const steps: JsonObject[] = [];
  let { reads } = place;
  const count = draft.chance.between(1, most);
  for (let at = 0; at < count && (at === 0 || draft.left > 0); at += 1) {
    const made = makeStep(draft, { ...place, reads });
    steps.push(made.step);
    reads = [...reads, ...made.reads];
  }
  return { steps, reads };
}

function makeStep(draft: Draft, place: Place): Made {
  const { chance } = draft;
  draft.left -= 1;
  const deep = place.depth >= 3 || draft.left <= 0;
  const waits = !place.undo || chance.hit(0.3);
  const kinds: (readonly [number, Make])[] = [
    [4, read],
    [7, write],
    [2, set],
    [3, emit],
    [waits ? 1.5 : 0, ask],
    [0.8, get],
    [0.8, put],
    ...(place.undo ? [] : ([[1.2, wait], [1, waitSignal], [place.called ? 0 : 0.8, waitMessage], [1.5, agent]] as const)),
    ...(deep || place.undo ? [] : ([[2, choose], [2.5, parallel], [2, map], [1.5, loop], [place.onward || place.repeated ? 0.8 : 3, saga], [place.called ? 0 : 1.2, call]] as const)),
    ...(place.undo || place.undoable || place.called ? [] : ([[0.5, callApart]] as const)),
    ...(draft.rare?.hit(0.5) === true ? ([[1.5, risky], ...(place.undo ? ([[2, choose], [1, wait]] as const) : place.onward ? [] : ([[place.undoable ? 0.7 : 0, giveBack], [deep ? 0 : 1, exhausting]] as const))] as const) : []),
    ...(place.undo || place.onward ? [] : ([[0.4, fail], [place.undoable ? 0 : 0.5, giveBack]] as const)),
  ];
  return decorate(draft, place, chance.weigh(kinds)(draft, place));
}

/** Kinds of steps in which nothing else stands. */
const LOCKED = ["tool", "set", "ask", "wait", "get", "put"];

/** `when`, `catch`, `timeout`: what was made may then be absent. */
function decorate(draft: Draft, place: Place, { step, reads }: Made): Made {
  const { chance } = draft;
  const pivot = step["pivot"] === true;
  let more: JsonObject = {};
  let kept = reads;
  if (!pivot && !("when" in step) && chance.hit(0.06)) {
    more = { ...more, when: `${someNumber(draft, place)} ${chance.pick(["<", ">"])} ${chance.below(6)}` };
    kept = [];
  }
  const doubtful = mayBeInDoubt(step);
  if (!pivot && !place.onward && !place.undo && canTakeTime(step) && chance.hit(doubtful ? 0.6 : 0.08)) more = { ...more, timeout: chance.pick(doubtful ? ["20s", "2m"] : ["20s", "2m", "30m"]) };
  if (!pivot && !("catch" in step) && canFail(step) && !place.undo && chance.hit(place.onward ? 0.3 : 0.15)) {
    const inner = chance.hit(0.5) ? makeSteps(draft, { ...place, depth: place.depth + 2 }, 1).steps : [];
    more = { ...more, catch: [{ on: "any", ...(inner.length > 0 ? { do: inner } : {}), value: { n: chance.below(9) } }] };
    kept = kept.length === 1 && kept[0]?.endsWith(".n") === true ? kept : [];
  }
  const { rare } = draft;
  if (rare !== null && !pivot && !("catch" in { ...step, ...more }) && canFail(step) && step["tool"] !== UNDO_TOOL && (place.undo || place.onward) && rare.hit(0.3)) {
    const inner = rare.hit(0.5) ? makeSteps(draft, { ...place, depth: place.depth + 2 }, 1).steps : [];
    more = { ...more, catch: [{ on: rare.hit(0.7) ? "any" : ["timeout"], ...(inner.length > 0 ? { do: inner } : {}), value: { n: rare.below(9) } }] };
    if (canTakeTime(step) && rare.hit(0.5)) more = { ...more, timeout: rare.pick(["20s", "2m"]) };
    kept = kept.length === 1 && kept[0]?.endsWith(".n") === true ? kept : [];
  } else if (rare !== null && !pivot && step["tool"] !== UNDO_TOOL && (place.undo || place.onward) && canTakeTime(step) && rare.hit(0.15)) more = { ...more, timeout: rare.pick(["20s", "2m"]) };
  if (!draft.locked && !pivot && !place.onward && LOCKED.some((kind) => kind in step) && chance.hit(0.04)) more = { ...more, lock: chance.pick(["'one'", "'two'", "'of ' + run.id"]) };
  return { step: { ...step, ...more }, reads: kept };
}

const isOne = (step: JsonObject, kinds: readonly string[]): boolean => kinds.some((kind) => kind in step);
const canTakeTime = (step: JsonObject): boolean => !isOne(step, ["set", "emit", "wait", "fail", "return", "ask", "saga", "timeout"]);
/** A write that stops for a person when nobody knows what it did: the time limit around it ends meanwhile. */
const mayBeInDoubt = (step: JsonObject): boolean => step["tool"] === "none" || step["on_unknown"] === "fail";
const canFail = (step: JsonObject): boolean => !isOne(step, ["set", "emit", "wait", "fail", "return"]);

const numberInput = (draft: Draft, place: Place): JsonObject => ({ n: hole(someNumber(draft, place)) });

function policyFor({ chance, rare }: Draft, list: readonly [string, ...string[]]): JsonObject {
  if (rare?.hit(0.15) === true) return { policy: rare.pick(["rated", "slow"]) };
  return chance.hit(0.4) ? { policy: chance.pick(list) } : {};
}

const read: Make = (draft, place) => {
  const id = newId(draft);
  return { step: { id, tool: draft.chance.pick(READS), with: numberInput(draft, place), ...policyFor(draft, place.onward ? ["fast", "long", "forever"] : ["fast", "long", "hasty", "strict", "narrow", "broken"]), ...onQueue(draft, place) }, reads: [`steps.${id}.n`] };
};

const undoTool = (draft: Draft, place: Place, output: string): JsonObject => ({ tool: UNDO_TOOL, with: { of: hole("key"), n: hole(draft.chance.hit(0.5) ? output : someNumber(draft, place)) }, ...(draft.chance.hit(0.2) ? { policy: "forever" } : {}) });

/** Undoes the step that it stands in. */
function undo(draft: Draft, place: Place): Json {
  const { chance } = draft;
  const tool = undoTool(draft, place, "output.n");
  if (chance.hit(0.6)) return tool;
  const inside = { ...place, undo: true, undoable: false, onward: false, depth: 3 };
  const before = chance.hit(0.5) ? makeSteps(draft, inside, 1).steps : [];
  const after = chance.hit(0.4) ? makeSteps(draft, inside, 1).steps : [];
  return [...before, { id: newId(draft), ...tool }, ...after];
}

const write: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const drawn = place.onward ? chance.pick(REPEATABLE) : chance.pick([...WRITES, ...(place.undo ? [] : (["c"] as const))]);
  const isFar = drawn === "k" && !place.called && !place.undo && draft.far?.hit(0.6) === true;
  if (isFar) draft.asks = true;
  const name = isFar ? FAR : drawn;
  if (name === "c" && !place.undoable) return write(draft, { ...place, undo: true });
  const repeatable = name !== "none" && name !== "told";
  const step: JsonObject = { id, tool: name, with: numberInput(draft, place), ...policyFor(draft, place.onward ? ["fast", "long", "forever"] : repeatable ? ["fast", "long", "hasty", "strict", "narrow", "broken"] : ["strict", "narrow"]) };
  const unknown = name === "told" ? { on_unknown: "verify" } : chance.hit(0.15) && !place.onward ? { on_unknown: repeatable ? chance.pick(["retry", "fail"]) : "fail" } : {};
  const key = repeatable && !place.repeated && !place.undo && chance.hit(0.08) ? { key: `${id}-\${run.id}` } : {};
  const undone = place.undoable && name !== "c" ? { compensate: undo(draft, place) } : {};
  return { step: { ...step, ...unknown, ...key, ...undone, ...onQueue(draft, place) }, reads: [`steps.${id}.n`] };
};

const set: Make = (draft, place) => {
  const id = newId(draft);
  return { step: { id, set: hole(`${someNumber(draft, place)} * 1`) }, reads: [`steps.${id}`] };
};

/** A row of the run's message, or one that all runs have. */
const rowKey = ({ chance }: Draft, place: Place): string => (place.called || chance.hit(0.5) ? "all" : "${input.m}");

const get: Make = (draft, place) => {
  const id = newId(draft);
  draft.rows = true;
  return { step: { id, get: "rows", key: rowKey(draft, place) }, reads: [`steps.?${id}.orValue(1)`] };
};

const put: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const key = rowKey(draft, place);
  const seen = !place.undo && !place.onward ? place.reads.find((read) => read.startsWith("steps.?")) : undefined;
  const compared = seen !== undefined && chance.hit(0.4) ? { if: hole(seen.slice(0, seen.indexOf(".orValue"))) } : {};
  const undone = place.undoable ? { compensate: chance.hit(0.5) ? { put: "rows", key, with: hole(someNumber(draft, place)) } : [{ id: newId(draft), put: "rows", key, with: hole("output * -1") }, { id: newId(draft), ...undoTool(draft, place, "output") }] } : {};
  return { step: { id, put: "rows", key, with: hole(someNumber(draft, place)), ...compared, ...undone }, reads: [`steps.${id}`] };
};

const emit: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const to = chance.hit(0.15) ? { pick: `${someNumber(draft, place)} > 3 ? 'out' : 'other'`, from: ["out", "other"] } : chance.pick(["out", "out", "other"]);
  const undone = place.undoable && !place.onward && !place.undo && chance.hit(0.2) ? { compensate: { emit: "undone", with: { n: hole("output.n") } } } : {};
  return { step: { id, emit: to, with: numberInput(draft, place), ...undone }, reads: [`steps.${id}.n`] };
};

const ask: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const limit: JsonObject = place.undo ? {} : chance.weigh<JsonObject>([[2, {}], [1, { timeout: "10m", on_timeout: { n: 5 } }], [place.onward ? 0 : 1, { timeout: "5m" }]]);
  const to: JsonObject = place.called || chance.hit(0.7) ? {} : { to: chance.hit(0.5) ? "told" : { tool: "r", with: { n: hole(someNumber(draft, place)) } } };
  return { step: { id, ask: { question: "ok?", output: NUMBER, ...to, ...limit } }, reads: [`steps.${id}.n`] };
};

const wait: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const times = ["2s", "40s", "10m", hole("run.started + duration('5m')"), hole("run.now + duration('90s')"), hole("timestamp('2020-01-01T00:00:00Z')")] as const;
  const limit: JsonObject = !place.onward && chance.hit(0.15) ? { timeout: "30s", catch: [{ on: ["timeout"], value: { n: 1 } }] } : {};
  return { step: { id, wait: chance.pick(times), ...limit }, reads: [] };
};

const waitSignal: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const name = chance.hit(0.4) && draft.signals > 0 ? `go${chance.between(1, draft.signals)}` : `go${(draft.signals += 1)}`;
  const limit: JsonObject = !place.onward && chance.hit(0.2) ? { timeout: "3m", catch: [{ on: ["timeout"], value: { n: 1 } }] } : {};
  return { step: { id, wait: { signal: name, type: NUMBER }, ...limit }, reads: [`steps.${id}.n`] };
};

/** Its key is known from the run's admission on. */
const waitMessage: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const way: JsonObject = chance.weigh<JsonObject>([[4, {}], [1, { where: "msg.n >= 0" }], [1, { since: "now" }]]);
  if (!("since" in way) && !place.repeated) draft.waits.push(id);
  if (chance.hit(0.2)) return { step: { id, wait: { topic: "reply", key: `${id}-\${input.m}`, ...way, collect: { ...(chance.hit(0.6) ? { until: "size(msgs) >= 1" } : {}), for: "10m" } } }, reads: [] };
  const limit: JsonObject = !place.onward && chance.hit(0.2) ? { timeout: "3m", catch: [{ on: ["timeout"], value: { k: "", n: 1 } }] } : {};
  return { step: { id, wait: { topic: "reply", key: `${id}-\${input.m}`, ...way }, ...limit }, reads: [`steps.${id}.n`] };
};

const agent: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const name = draft.rare?.hit(0.3) === true ? "hurried" : place.onward ? "reader" : place.undoable ? chance.pick(["doer", "doer", "reader"]) : chance.pick(["thinker", "thinker", "reader", "talker"]);
  const step = { id, agent: name, with: numberInput(draft, place), ...(name === "doer" ? {} : onQueue(draft, place)), ...(name === "doer" || name === "thinker" ? { trust: "model" } : {}) };
  if (place.onward) return { step: { ...step, catch: [{ on: "any", value: { n: 0 } }] }, reads: [`steps.${id}.n`] };
  // What a model made is read by what writes nothing, so that a flow need not say that it trusts it.
  return { step, reads: [] };
};

const inner = (place: Place, more: Partial<Place> = {}): Place => ({ ...place, depth: place.depth + 1, ...more });

/** What a block has of its own: a time limit, a catch, a lock. */
function ofBlock(draft: Draft, place: Place): JsonObject {
  const { rare } = draft;
  if (rare === null || !rare.hit(0.35)) return {};
  const limit: JsonObject = rare.hit(0.5) ? { timeout: rare.pick(["20s", "2m", "10m"]) } : {};
  const inner = rare.hit(0.4) ? makeSteps(draft, { ...place, depth: place.depth + 2 }, 1).steps : [];
  const caught: JsonObject = rare.hit(0.5) ? { catch: [{ on: rare.hit(0.7) ? "any" : ["timeout"], ...(inner.length > 0 ? { do: inner } : {}), value: { n: rare.below(9) } }] } : {};
  const lock: JsonObject = !draft.locked && !place.onward && !place.undo && rare.hit(0.15) ? { lock: rare.pick(["'one'", "'two'"]) } : {};
  return { ...limit, ...caught, ...lock };
}

const choose: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const cases = Array.from({ length: chance.between(1, 2) }, (_, at) => {
    const { steps, reads } = makeSteps(draft, inner(place), 2);
    return { when: `${someNumber(draft, place)} ${at === 0 ? ">" : "<"} ${chance.below(5)}`, do: steps, value: { n: hole(someNumber(draft, { ...place, reads })) }, ...ofBlock(draft, place) };
  });
  const other = { else: chance.hit(0.5) ? { value: { n: 0 } } : { do: makeSteps(draft, inner(place), 2).steps, value: { n: 7 } } };
  return { step: { id, switch: [...cases, other] }, reads: [`steps.${id}.n`] };
};

/** Joins that cut branches off, and joins that do not. */
function join({ chance }: Draft, place: Place, count: number): { readonly way: JsonObject; readonly cuts: boolean; readonly all: boolean } {
  if (place.onward) return { way: { rest: "finish" }, cuts: false, all: true };
  return chance.weigh<{ readonly way: JsonObject; readonly cuts: boolean; readonly all: boolean }>([
    [3, { way: {}, cuts: true, all: true }],
    [2, { way: { rest: "finish" }, cuts: false, all: true }],
    [2, { way: { join: "settled" }, cuts: false, all: false }],
    [2, { way: { join: "any" }, cuts: true, all: false }],
    [1, { way: { join: Math.max(1, count - 1), rest: "finish" }, cuts: false, all: false }],
    [1, { way: { join: Math.max(1, count - 1) }, cuts: true, all: false }],
    [0.6, { way: { join: `1 + int(input.n) % ${count}` }, cuts: true, all: false }],
  ]);
}

const parallel: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const count = chance.between(2, 3);
  const { way, cuts, all } = join(draft, place, count);
  const names = ["one", "two", "three"].slice(0, count);
  const branches: Record<string, Json> = {};
  names.forEach((name, at) => {
    const after = all && at > 0 && chance.hit(0.2) ? names[at - 1] : undefined;
    const { steps, reads } = makeSteps(draft, inner(place, { undoable: place.undoable || cuts }), 2);
    branches[name] = { ...(after === undefined ? {} : { after: [after] }), do: steps, value: { n: hole(someNumber(draft, { ...place, reads })) }, ...ofBlock(draft, place) };
  });
  return { step: { id, parallel: { ...way, ...(chance.hit(0.15) ? { concurrency: 1 } : {}) }, branches }, reads: all ? names.map((name) => `steps.${id}.${name}.n`) : [] };
};

const map: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const count = chance.between(1, 4);
  const { way, cuts, all } = join(draft, place, count);
  const name = `x${draft.ids}`;
  const { steps, reads } = makeSteps(draft, inner(place, { reads: [...place.reads, name], undoable: place.undoable || cuts, repeated: true }), 2);
  const over = chance.hit(0.2) ? `[1, 2, 3, 4].filter(y, y > ${someNumber(draft, place)})` : JSON.stringify(Array.from({ length: count }, (_, at) => at + 1));
  return { step: { id, map: { over, as: name, ...way, ...(chance.hit(0.3) ? { concurrency: chance.between(1, 2) } : {}) }, do: steps, value: hole(someNumber(draft, { ...place, reads: [...reads, name] })) }, reads: all ? [`sum(steps.${id})`] : [] };
};

const loop: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const { steps, reads } = makeSteps(draft, inner(place, { reads: [...place.reads, "state", "iteration"], repeated: true }), 2);
  const end = chance.pick<JsonObject>([{ until: "state > 3", on_max: "stop" }, { on_max: "stop" }, { while: "state < 6", on_max: "stop" }]);
  return { step: { id, loop: { init: 0, max: chance.between(1, 4), ...end }, do: steps, value: hole(`(state + 1 + ${someNumber(draft, { ...place, reads })}) % 10`) }, reads: [`steps.${id}`] };
};

const saga: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const inside = inner(place, { undoable: true, onward: false });
  const before = makeSteps(draft, inside, 3);
  const steps: JsonObject[] = [...before.steps];
  let { reads } = before;
  // A pivot inside is one of the saga around it, so it stands in no branch and no pass.
  if (!place.onward && !place.undoable && !place.repeated && chance.hit(0.4)) {
    const pivot = newId(draft);
    const tool = chance.pick(["k", "q", "h", "f", "native", "told", "none"]);
    steps.push({ id: pivot, tool, with: numberInput(draft, { ...place, reads }), pivot: true, ...(tool === "told" ? { on_unknown: "verify" } : {}) });
    reads = [...reads, `steps.${pivot}.n`];
    const behind = makeSteps(draft, inner(place, { reads, undoable: false, onward: true }), 2);
    steps.push(...behind.steps);
    ({ reads } = behind);
  } else if (chance.hit(0.35)) {
    steps.push({ id: newId(draft), when: `${someNumber(draft, { ...place, reads })} >= ${chance.below(4)}`, fail: { code: "own", message: "no" } });
  }
  const { rare } = draft;
  if (!place.onward && !place.undoable && !place.repeated && rare?.hit(0.4) === true && !steps.some((step) => "pivot" in step)) {
    const nested = saga(draft, { ...place, reads });
    const behind = makeSteps(draft, inner(place, { reads, undoable: false, onward: true }), 2);
    steps.push(nested.step, ...behind.steps);
  }
  const unknown: JsonObject = rare?.hit(0.2) === true ? { on_unknown: "fail" } : {};
  const options: JsonObject = chance.hit(0.15) ? { timeout: chance.pick(["30s", "10m"]), ...unknown } : unknown;
  const caught = place.onward || chance.hit(0.4) ? { catch: [{ on: place.onward ? "any" : ["compensated"], value: { n: 0 } }] } : {};
  return { step: { id, saga: options, do: steps, value: { n: hole(someNumber(draft, { ...place, reads })) }, ...caught }, reads: [`steps.${id}.n`] };
};

const call: Make = (draft, place) => {
  const id = newId(draft);
  const which = place.undoable ? "undoable" : "plain";
  if (place.onward) return read(draft, place);
  draft.calls.add(which);
  return { step: { id, call: which, with: numberInput(draft, place) }, reads: [`steps.${id}.n`] };
};

/** A run of its own, which nobody waits for. */
const callApart: Make = (draft, place) => {
  draft.calls.add("apart");
  return { step: { id: newId(draft), call: "apart", with: numberInput(draft, place), detach: true }, reads: [] };
};

const fail: Make = (draft, place) => ({ step: { id: newId(draft), when: `${someNumber(draft, place)} > ${draft.chance.between(3, 30)}`, fail: { code: "own", message: "no" } }, reads: [] });

const giveBack: Make = (draft, place) => ({ step: { id: newId(draft), when: `${someNumber(draft, place)} > ${draft.chance.between(3, 30)}`, return: { n: hole(someNumber(draft, place)) } }, reads: [] });

/** An index past the end, in some runs. */
const risky: Make = (draft, place) => {
  const id = newId(draft);
  return { step: { id, set: hole(`[1, 2, 3, 4][int(${someNumber(draft, place)}) % 6]`) }, reads: [`steps.${id}`] };
};

/** Its passes are used up; the catch reads what it had come to. */
const exhausting: Make = (draft, place) => {
  const { chance } = draft;
  const id = newId(draft);
  const { steps, reads } = makeSteps(draft, inner(place, { reads: [...place.reads, "state", "iteration"], repeated: true }), 2);
  return { step: { id, loop: { init: 0, max: chance.between(1, 3), until: "state > 6" }, do: steps, value: hole(`(state + 1 + ${someNumber(draft, { ...place, reads })}) % 10`), catch: [{ on: chance.hit(0.5) ? ["exhausted"] : "any", value: "${state}" }] }, reads: [`steps.${id}`] };
};
