import type { StoreCounts } from "../../core/ports/store.js";

export function runsOf({ running, parked, incidents, ended, unsent }: StoreCounts): string {
  const incidentsOf = incidents === 0 ? "" : ` (${count(incidents)} ${incidents === 1 ? "incident" : "incidents"}: flowctl runs list --state parked)`;
  return `${count(running)} running, ${count(parked)} waiting${incidentsOf}, ${count(ended)} ended; ${count(unsent)} ${unsent === 1 ? "message" : "messages"} not yet sent`;
}

export const count = (value: number): string => value.toLocaleString("en-US");
