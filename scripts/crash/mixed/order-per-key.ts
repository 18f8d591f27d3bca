import { isJsonObject } from "../../../src/core/json.js";
import { figure, type Figure } from "../case.js";
import { operate, type Project } from "../project.js";

/** Questions of one customer are answered one after the other, in the order in which they were sent (I18). */
export async function orderPerKey(project: Project): Promise<Figure> {
  const customers = new Map<string, { readonly sent: number; readonly from: number; readonly to: number }[]>();
  await operate(project, async ({ store }) => {
    for (const { run } of await store.runs({ flow: "customer-support", limit: 1_000_000 })) {
      let customer = "";
      let sent = 0;
      let from = Number.POSITIVE_INFINITY;
      let to = 0;
      for await (const event of store.read(run, 0)) {
        if (event.type === "run.admitted" && isJsonObject(event.data.input)) {
          customer = String(event.data.input["from"]);
          sent = Number(String(event.data.input["id"]).slice(2));
        } else from = Math.min(from, event.at);
        to = event.at;
      }
      customers.set(customer, [...(customers.get(customer) ?? []), { sent, from, to }]);
    }
  });
  let overtaken = 0;
  for (const runs of customers.values()) {
    const inOrder = runs.toSorted((a, b) => a.sent - b.sent);
    overtaken += inOrder.filter(({ from }, at) => at > 0 && from < (inOrder[at - 1]?.to ?? 0)).length;
  }
  return figure("order per key", `${customers.size} customers, ${overtaken} runs began before the one before them had ended`, overtaken === 0 && customers.size > 0);
}
