/** The tail of the saga: said again under its key until it was heard. */
export async function tell({ id }, { key, signal }) {
  const response = await fetch(`${process.env.LEDGER_URL}/do/told`, { method: "POST", signal, headers: { "content-type": "application/json", "idempotency-key": key }, body: JSON.stringify({ id }) });
  if (!response.ok) throw Object.assign(new Error(`the ledger answered ${response.status}`), { code: "unavailable" });
  return response.json();
}
