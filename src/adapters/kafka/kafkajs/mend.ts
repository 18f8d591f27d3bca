import kafkajs from "kafkajs";
import BrokerPool from "kafkajs/src/cluster/brokerPool.js";
import ConsumerGroup from "kafkajs/src/consumer/consumerGroup.js";
import Connection from "kafkajs/src/network/connection.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { failure } from "./failure.js";

// What is wrong with the library. It is not released any more, so that its version is pinned and this stands here.

const { scheduleCheckPendingRequests: schedule } = RequestQueue.prototype;

/**
 * It looks again after a while at what waits in a connection's queue. It also does so where nothing waits, and then after
 * a time below 0: Node prints a TimeoutNegativeWarning, and each connection has a timer a millisecond for ever
 * (tulios/kafkajs#1704, #1751).
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function (): void {
  if (this.pending.length > 0) schedule.call(this);
};

const { connect, disconnect } = Connection.prototype;
const connecting = new WeakMap<Connection, PromiseWithResolvers<true>>();
/** The length that stands before each answer. */
const LENGTH_BYTES = 4;

/**
 * Who asks while it connects gets the same connection: it made a socket for each, forgot all but one, and nobody closed
 * the others. And what had come of an answer when a connection was lost is not the beginning of the next one.
 */
Connection.prototype.connect = function (): Promise<true> {
  const underWay = connecting.get(this);
  if (underWay !== undefined) return underWay.promise;
  if (this.isConnected()) return Promise.resolve(true);
  const attempt = Promise.withResolvers<true>();
  connecting.set(this, attempt);
  this.chunks = [];
  this.bytesBuffered = 0;
  this.bytesNeeded = LENGTH_BYTES;
  connect.call(this).then(attempt.resolve, attempt.reject);
  const over = (): void => {
    if (connecting.get(this) === attempt) connecting.delete(this);
  };
  attempt.promise.then(over, over);
  return attempt.promise;
};

/** A server that closes before it has answered left who connects without a word, for ever. */
Connection.prototype.disconnect = async function (): Promise<true> {
  const attempt = connecting.get(this);
  await disconnect.call(this);
  // Where an error is the reason, that is said first.
  if (attempt !== undefined) setImmediate(() => attempt.reject(new kafkajs.KafkaJSConnectionError("Connection closed by the server", { broker: `${this.host}:${this.port}` })));
  return true;
};

const { processData } = Connection.prototype;

/**
 * What is timed out is a server that says nothing, not an answer that is on its way: over a slow link a fetch of a
 * megabyte took longer than the time for a request, began anew each time, and nothing was ever read. A server answers
 * what came over one connection in its order, so that what comes now is of the first request, and the others wait for it.
 */
Connection.prototype.processData = function (data): void {
  const now = Date.now();
  for (const request of this.requestQueue.inflight.values()) request.sentAt = now;
  processData.call(this, data);
};

const { fetch } = ConsumerGroup.prototype;
const BEAT_MS = 2000;

/**
 * A member that waits for an answer to a fetch says nothing meanwhile: one that came for longer than a session was thrown
 * away, for the group had given its partitions to others. What a heartbeat brings, the one behind the fetch brings again.
 */
ConsumerGroup.prototype.fetch = async function (node): Promise<unknown[]> {
  const beats = setInterval(() => void this.heartbeat({ interval: BEAT_MS }).catch(() => undefined), BEAT_MS);
  try {
    return await fetch.call(this, node);
  } finally {
    clearInterval(beats);
  }
};

const { withBroker } = BrokerPool.prototype;

/**
 * Where each server that it asks fails, it has no answer, and no reason: who asked for a group's coordinator heard that
 * there is none, also who may not know of the group, and who asked for topics that the library cannot read properties of null.
 */
BrokerPool.prototype.withBroker = async function (ask) {
  let reason: unknown = null;
  const found = await withBroker.call(this, async (one) => {
    try {
      return await ask(one);
    } catch (error) {
      if (failure(reason).type?.endsWith("_AUTHORIZATION_FAILED") !== true) reason = error;
      throw error;
    }
  });
  if (found === null && reason !== null) throw reason;
  return found;
};
