// A tool over the warehouse list: what each holds to spare, and how far it is.
import { readFileSync } from "node:fs";

interface Warehouse {
  readonly id: string;
  readonly spare: Readonly<Record<string, number>>;
  readonly km: Readonly<Record<string, number>>;
}

const warehouses: readonly Warehouse[] = JSON.parse(readFileSync(new URL("../data/warehouses.json", import.meta.url), "utf8"));

export function spareUnits(input: { readonly sku: string; readonly site: string }) {
  const found = warehouses.flatMap(({ id, spare, km }) => {
    const units = spare[input.sku] ?? 0;
    return units > 0 ? [{ id, km: km[input.site] ?? 999, spare: units }] : [];
  });
  return { warehouses: found.sort((a, b) => a.km - b.km) };
}
