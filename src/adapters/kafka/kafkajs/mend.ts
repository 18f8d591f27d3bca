import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

const { scheduleCheckPendingRequests: schedule } = RequestQueue.prototype;

/**
 * The library looks again after a while at what waits in a connection's queue. It also does so where nothing waits, and
 * then after a time below 0: Node prints a TimeoutNegativeWarning, and each connection has a timer a millisecond for ever.
 * It is not released any more (tulios/kafkajs#1704, #1751), so that its version is pinned and this stands here.
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function (): void {
  if (this.pending.length > 0) schedule.call(this);
};
