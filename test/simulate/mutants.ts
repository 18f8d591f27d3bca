/** A text of the runtime's code, and what stands there instead. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The runtime with one promise broken on purpose: the simulator must notice. */
export interface Mutant {
  readonly name: string;
  /** What it breaks, in one sentence. */
  readonly breaks: string;
  readonly changes: readonly Change[];
}

export const MUTANTS: readonly Mutant[] = [
  { name: "ack-before-admission", breaks: "A message is acknowledged before its run is durable (I4, I17).", changes: [{ file: "src/runtime/trigger/journaled-batch.ts", from: "for (const one of await durable) {", to: "for (const one of []) {" }] },
  { name: "mark-before-publish", breaks: "The outbox marks a message before the bus has it (I22).", changes: [{ file: "src/runtime/outbox/publisher.ts", from: "      inFlight = rows;\n", to: "      inFlight = rows;\n      await mark(rows);\n" }] },
  { name: "key-before-publish", breaks: "A pure flow commits its dedupe key before its emits are published (I17).", changes: [{ file: "src/runtime/trigger/pure-batch.ts", from: "      if (!(await deliver(messages, letters))) return null;\n", to: "      if (keys.length > 0) await store.markSeen(scope, keys.map((key) => ({ key, until: Infinity })));\n      if (!(await deliver(messages, letters))) return null;\n" }] },
  { name: "redrive-keeps-undone-keys", breaks: "A run of a message that is sent again has the keys of what the run before it has undone (I17).", changes: [{ file: "src/runtime/redrive/renewed.ts", from: "void renewed.set(of, { run: next, path: of });", to: "void (of === next && renewed.clear());" }] },
  { name: "redrive-has-own-keys", breaks: "A run of a message that is sent again has keys of its own (I17).", changes: [{ file: "src/runtime/trigger/candidate.ts", from: "keyRun: redrives === 0 ? run : runIdOf(plan.id, identity, n, 0),", to: "keyRun: run," }] },
  { name: "no-fence", breaks: "Appends carry no fence (I2, I16).", changes: [{ file: "src/runtime/journal/group-commit.ts", from: "const fence = line.durable < 0 && line.events.length === 1 ? null : fenceOf(shardOf(line.run));", to: "const fence = null;" }] },
  { name: "rejected-commit-is-durable", breaks: "A commit that the store rejected counts as durable (I2).", changes: [{ file: "src/runtime/journal/group-commit.ts", from: "        if (broken !== null) return null;\n        left -=", to: "        if (broken === null) return items.map(() => \"ok\");\n        left -=" }] },
  { name: "rejected-commit-is-another-entry", breaks: "A commit that is sent again has another entry id, so that a lost reply is a conflict (I2).", changes: [{ file: "src/runtime/journal/group-commit.ts", from: "await store.commit(items);", to: "await store.commit(items.map((item) => ({ ...item, entryId: random.id() })));" }] },
  { name: "intent-not-durable", breaks: "A write is sent before its intent is durable (I4).", changes: [{ file: "src/runtime/run/tool-attempt.ts", from: "  await run.ctx.journal.barrier();", to: "  await Promise.resolve();" }] },
  { name: "key-of-attempt", breaks: "The idempotency key is of the attempt, not of the path (I10).", changes: [{ file: "src/runtime/run/tool-attempt.ts", from: "port.call({ input, key,", to: "port.call({ input, key: `${key}${number}`," }] },
  { name: "timeout-is-not-applied", breaks: "A write that took too long counts as not applied (I20).", changes: [{ file: "src/runtime/run/attempt.ts", from: "{ outcome: \"unknown\" }", to: "{ outcome: \"not_applied\" }" }] },
  { name: "hidden-is-not-applied", breaks: "A write whose outcome was hidden counts as not applied (I20).", changes: [{ file: "src/runtime/run/tool-attempt.ts", from: "if (write || thrown.outcome === \"not_applied\") return thrown;", to: "if (thrown.outcome === \"not_applied\") return thrown;" }] },
  { name: "crash-is-not-applied", breaks: "An intent without an outcome counts as not applied after a crash (I20).", changes: [{ file: "src/runtime/run/tool-record.ts", from: "doubt: \"crash\", retryAt: null", to: "doubt: null, retryAt: null" }] },
  { name: "incident-of-any-attempt", breaks: "What an operator said of one attempt counts for the next one too (I21).", changes: [{ file: "src/runtime/run/incident.ts", from: " && event.seq > since", to: "" }] },
  { name: "model-answer-not-recorded", breaks: "A model's answer is used and not recorded (I34).", changes: [{ file: "src/runtime/agent/model-attempt.ts", from: "    append(frame.run, \"model.completed\", path,", to: "    if (path === \"\") append(frame.run, \"model.completed\", path," }] },
  { name: "model-intent-not-durable", breaks: "A model is asked before that is durable (I34).", changes: [{ file: "src/runtime/agent/model-attempt.ts", from: "  await ctx.journal.barrier();\n  const breaker", to: "  const breaker" }] },
  { name: "decision-not-recorded", breaks: "Who won a join is not recorded with its end (I8).", changes: [{ file: "src/runtime/run/join/race.ts", from: "    append(run, \"step.decided\", path, { what: JOIN,", to: "    if (path === \"\") append(run, \"step.decided\", path, { what: JOIN," }] },
  { name: "losers-not-undone", breaks: "What the losers of a join have done stays (I23).", changes: [{ file: "src/runtime/run/join/race.ts", from: "if (undoing.size > 0 && !isFatal(tally.stopped)", to: "if (path === \"\" && !isFatal(tally.stopped)" }] },
  { name: "cancelled-not-settled", breaks: "A map that was cancelled before a crash is not looked into, so that a write in doubt is left (I28).", changes: [{ file: "src/runtime/run/join/race.ts", from: "run.past?.has(path) === true", to: "run.past?.has(path) === null" }] },
  { name: "dedupe-ignored", breaks: "The dedupe key is no part of a run's id (I17).", changes: [{ file: "src/runtime/trigger/candidate.ts", from: "dedupeKey === null ? byMessage(delivery) : byDedupeKey(dedupeKey)", to: "byMessage(delivery)" }] },
  { name: "removed-id-is-free", breaks: "The id of a run that was removed is free for its message again (I17).", changes: [{ file: "src/adapters/store/memory/prune.ts", from: "    tables.spent.set(run, admittedAt);\n", to: "" }] },
  { name: "lane-freed-at-park", breaks: "A parked run frees its lane though its flow does not say so (I18).", changes: [{ file: "src/runtime/live/owned-run.ts", from: "admitted.lane?.releaseParked === true ? run.lane : null", to: "run.lane" }] },
  { name: "lane-of-trigger", breaks: "Each trigger of a flow has lanes of its own (I18).", changes: [{ file: "src/runtime/trigger/flow-slots.ts", from: "lanes: lanesOf(plan.id)", to: "lanes: lanesOf(key)" }] },
  { name: "timer-lost-when-parked", breaks: "A run parks without its timer (I15).", changes: [{ file: "src/runtime/live/owned-run.ts", from: "  if (due !== null) index.push({ op: \"timer.put\", path: WAKE, due });\n", to: "" }] },
  { name: "clock-not-looked-at", breaks: "What waits for a time in memory goes on when so much has passed, wherever the clock stands (I15).", changes: [{ file: "src/runtime/run/at-time.ts", from: "lookUntil(run, due, () => clock.now() >= due, fire)", to: "startTimer(run, due - clock.now(), fire)" }] },
  { name: "park-hides-incident", breaks: "A run whose rest was disturbed while it parked does not park again (I13).", changes: [{ file: "src/runtime/live/park.ts", from: "    if (run.parked) return waits;", to: "    return run.parked ? waits : null;" }] },
  { name: "signal-wakes-nobody", breaks: "A signal to a parked run is kept and wakes nobody (I13).", changes: [{ file: "src/runtime/live/act-on.ts", from: "row.request.kind === \"signal\" && !awaits(stored.row, row.request.name)", to: "row.request.kind === \"signal\"" }] },
  { name: "mailbox-is-no-queue", breaks: "What is asked of a run comes in while it parks or is loaded (I13).", changes: [{ file: "src/runtime/live/mailbox.ts", from: "before === undefined ? work() : before.then(work, work)", to: "before === undefined || run !== \"\" ? work() : before.then(work, work)" }] },
  { name: "inbox-forgotten", breaks: "What was asked while nobody served is not looked at (I1).", changes: [{ file: "src/runtime/live/recover.ts", from: "actOnAll(await inboxRows(world, shards), world, true)", to: "actOnAll([], world, true)" }] },
  { name: "waiter-registered-late", breaks: "A wait for messages is registered when it is reached, not at admission (I14).", changes: [{ file: "src/runtime/trigger/admission.ts", from: "  index.push(...waitersAtAdmission(flow.plan, run, input));\n", to: "  waitersAtAdmission(flow.plan, run, input);\n" }] },
  { name: "pass-skipped-by-replay", breaks: "A loop's record says one pass more than was done (I5).", changes: [{ file: "src/runtime/run/steps/loop.ts", from: "        append(frame.run, \"loop.advanced\", path, { i: fold.at - 1, carried: { state: fold.state, done: fold.done } });\n      }\n      return fold.state;\n    });", to: "        append(frame.run, \"loop.advanced\", path, { i: fold.at, carried: { state: fold.state, done: fold.done } });\n      }\n      return fold.state;\n    });" }] },
  { name: "undo-forward", breaks: "Undos run in the order in which the steps ended (I29).", changes: [{ file: "src/runtime/saga/undo.ts", from: "notUndone(run, scopes).toReversed()", to: "notUndone(run, scopes)" }] },
  { name: "undo-not-shielded", breaks: "A cancellation reaches the undo (I31).", changes: [{ file: "src/runtime/saga/undo.ts", from: "`${undoPath(of)}/`, openScope(null), false)", to: "`${undoPath(of)}/`, run.flow, false)" }] },
  { name: "undo-repeated", breaks: "What is undone is undone again, by the next saga and the next process (I31).", changes: [{ file: "src/runtime/saga/undo.ts", from: "!run.undone.has(of) && ", to: "" }] },
  { name: "pivot-ignored", breaks: "Behind its pivot a saga is undone all the same (I32).", changes: [{ file: "src/runtime/run/steps/saga.ts", from: "  if (step.pivotal) passPivot(saga);\n", to: "" }] },
  { name: "emit-not-in-the-outbox", breaks: "An emit is recorded, and its message is not in the item (I22).", changes: [{ file: "src/runtime/run/emit-message.ts", from: "isJournaled(run) && run.ctx.ports.bus !== null ? [{ op: \"outbox.put\", message: outgoing(emitted, run.ctx.traceparent) }] : undefined", to: "undefined" }] },
  { name: "answer-not-in-the-outbox", breaks: "A run ends without the answer to the request that it is of (I22).", changes: [{ file: "src/runtime/live/finish.ts", from: "if (answer !== null && bus !== null) index.push", to: "if (answer !== null && bus === null) index.push" }] },
  { name: "tick-before-its-run", breaks: "A tick counts as taken before its run is durable (I17).", changes: [{ file: "src/runtime/trigger/schedule.ts", from: "    await take(due);\n    last = due;\n    await put(due);\n", to: "    last = due;\n    await put(due);\n    await take(due);\n" }] },
  { name: "version-of-today", breaks: "A run that is taken up goes on by the version of its flow that is served (I37).", changes: [{ file: "src/runtime/live/bind.ts", from: "if (now?.plan.hash === hash) return", to: "if (now !== undefined) return" }] },
  { name: "closed-and-goes-on", breaks: "A process that was closed appends what its runs still do (I24).", changes: [{ file: "src/runtime/runtime.ts", from: "    commits.close();\n", to: "" }] },
  { name: "fork-keeps-what-is-open", breaks: "A fork has intents of the first run, whose outcomes it does not know (I33).", changes: [{ file: "src/runtime/fork/prefix.ts", from: "    if (!open.has(event.path)) return false;\n", to: "    if (!open.has(event.path)) return true;\n" }] },
  { name: "request-key-ignored", breaks: "A request that is repeated under its key is another run (I17).", changes: [{ file: "src/runtime/http/requests.ts", from: "byRequest(method, path, key, false)", to: "byRequest(method, path, random.id(), false)" }] },
  { name: "lost-shards-kept", breaks: "A process that hears that its shards are another one's goes on with them (I11).", changes: [{ file: "src/runtime/shards/keep-share.ts", from: "    drop(new Set([...fences.keys()].filter((shard) => !held.has(shard))));\n", to: "" }] },
  { name: "lane-as-it-was", breaks: "A run that was driven while the open runs were looked up waits in the lane that it has left (I18).", changes: [{ file: "src/runtime/live/recover.ts", from: "await Promise.all(awake.map((row) => inItsLane(row, world)))", to: "awake" }] },
];

/** Fails where the text is no more there, or there twice: the mutant would be none. */
export function mutated(source: string, { file, from, to }: Change): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times the text of a mutant: ${from}`);
  return parts.join(to);
}
