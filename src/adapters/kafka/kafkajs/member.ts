import type { Kafka } from "kafkajs";
import type { Clock } from "../../../core/ports/clock.js";
import type { Member, MemberOptions } from "../driver.js";
import { stickyAssigner } from "./assigner.js";
import { RETRY } from "./client.js";
import { failure, saying } from "./failure.js";
import { led } from "./led.js";
import { storedOf } from "./stored-position.js";

/** A member that is gone without a word is noticed after this time. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 500;
/** How long the broker waits for members that hand over. */
const REBALANCE_MS = 60_000;
/** How long a fetch waits for a record: so long a member that has nothing to do hears nothing of a rebalance. */
const WAIT_MS = 250;
const METADATA_MS = 60_000;

/**
 * The library reads in rounds: a fetch, its partitions' batches, the next fetch; its only way to hold a rebalance off is
 * a batch that is not done. So batches stay undone while messages are at the reader, with heartbeats of ours.
 */
export function createMember(kafka: Kafka, clock: Clock, options: MemberOptions): Member {
  const { topic, group } = options;
  let held: readonly number[] = [];
  let memberId: string | null = null;
  let crashed: Error | null = null;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_MS,
    maxWaitTimeInMs: WAIT_MS,
    metadataMaxAge: METADATA_MS,
    allowAutoTopicCreation: false,
    partitionAssigners: [stickyAssigner(topic, () => held)],
    retry: { ...RETRY, restartOnFailure: async () => false },
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    held = payload.memberAssignment[topic] ?? [];
    const stayed = memberId === payload.memberId;
    memberId = payload.memberId;
    options.assigned(held, stayed);
  });
  consumer.on(consumer.events.REBALANCING, options.rejoining);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    crashed = failure(payload.error);
    options.lost(crashed);
  });

  let beats: Beats | null = null;
  let holding = 0;
  /** While batches are undone the library is silent: these are their heartbeats, and what they bring ends the batches. */
  async function holdingOn(heartbeat: () => Promise<void>, act: () => Promise<void>): Promise<void> {
    beats ??= startBeats(heartbeat, clock, options.handOver);
    const mine = beats;
    holding += 1;
    try {
      await Promise.race([act(), mine.interrupted]);
      // The library's own heartbeat after the batch finds that there has just been one.
      await mine.beat();
    } finally {
      holding -= 1;
      if (holding === 0) {
        mine.end();
        beats = null;
      }
    }
  }

  return {
    async join() {
      await saying(async () => {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          // Each has work at every fetch, also where nothing has come.
          partitionsConsumedConcurrently: options.partitions,
          eachBatch: async ({ batch, heartbeat, resolveOffset, isRunning, isStale }) => {
            await holdingOn(heartbeat, async () => {
              if (!isRunning() || isStale()) return;
              const last = batch.lastOffset();
              resolveOffset(batch.messages.at(-1)?.offset ?? last);
              await options.records(batch.partition, batch.messages, Number(last) + 1, Number(batch.highWatermark) > Number(last) + 1);
            });
          },
        });
      });
      if (crashed !== null) throw crashed;
    },
    commit: (positions) => led(clock, () => saying(() => consumer.commitOffsets([...positions].map(([partition, position]) => ({ topic, partition, ...storedOf(position) }))))),
    seek: (partition, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
    leave: () => saying(() => consumer.disconnect()),
  };
}

interface Beats {
  /** Rejects when the member has to join again, after the hand-over where there can be one. */
  readonly interrupted: Promise<never>;
  beat(): Promise<void>;
  end(): void;
}

function startBeats(heartbeat: () => Promise<void>, clock: Clock, handOver: () => Promise<void>): Beats {
  let cancel = (): void => undefined;
  let ended = false;
  let handing: Promise<void> | null = null;
  let interrupt: (error: unknown) => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = reject;
  });
  interrupted.catch(() => undefined);

  /** Once: the member stays in the group by its heartbeats until the hand-over is done. */
  async function beat(): Promise<void> {
    try {
      await heartbeat();
    } catch (error) {
      if (failure(error).type === "REBALANCE_IN_PROGRESS") await (handing ??= handOver());
      interrupt(error);
      throw error;
    }
  }
  const again = (): void => {
    cancel = clock.after(HEARTBEAT_MS, () => {
      void beat().catch(() => undefined);
      if (!ended) again();
    });
  };
  again();
  return {
    interrupted,
    beat,
    end() {
      ended = true;
      cancel();
    },
  };
}
