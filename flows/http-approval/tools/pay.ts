/** Stands for a payment service: one key is one payment. */
const paid = new Map<string, string>();

export function pay(_refund: { order: string; amount: number }, { key }: { key: string }): { receipt: string } {
  const receipt = paid.get(key) ?? `receipt-${paid.size + 1}`;
  paid.set(key, receipt);
  return { receipt };
}
