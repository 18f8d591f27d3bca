import type { FetchedPartition, FetchedRecord } from "kafkajs/src/protocol/requests/fetch/v11/response.js";

/** In the key of a transaction's mark, behind two bytes of its version: it was aborted. */
const ABORT = Buffer.from([0, 0]);

/**
 * Records of transactions that were aborted, marked as nobody's to read: whoever reads goes on behind them. The library
 * looks for one transaction with each record, so that of two that a fetch begins within it gives the second's, and may
 * take it for open behind its end, where its producer's next one is lost; who fetches without a group gets them all.
 */
export function withoutAborted(messages: FetchedRecord[], abortedTransactions: FetchedPartition["abortedTransactions"]): FetchedRecord[] {
  if (abortedTransactions.length === 0) return messages;
  const begun = abortedTransactions.map(({ producerId, firstOffset }) => ({ producerId, first: Number(firstOffset) })).sort((a, b) => a.first - b.first);
  const open = new Set<string>();
  let next = 0;
  return messages.map((message) => {
    const { producerId, inTransaction } = message.batchContext;
    for (let one = begun[next]; one !== undefined && one.first <= Number(message.offset); one = begun[next]) {
      open.add(one.producerId);
      next += 1;
    }
    if (message.isControlRecord && message.key?.subarray(2, 4).equals(ABORT) === true) open.delete(producerId);
    return inTransaction && open.has(producerId) ? { ...message, isControlRecord: true } : message;
  });
}
