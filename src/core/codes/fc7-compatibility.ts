import type { CodeTable } from "./entry.js";

/** New versions beside what others have. */
export const FC7_COMPATIBILITY: CodeTable = {
  FC7001: {
    severity: "error",
    title: "A schema does not go with its subject",
    explain:
      "`validate --online` asked the schema registry whether the topic's schema may be the next version of its subject, and the registry says no: who reads or writes messages of the other version would break. BACKWARD: readers with the new schema read what was written with the old one (add fields with a default, remove fields). FORWARD: readers with the old schema read what is written with the new one. FULL: both. Change the schema, or write messages that are really others to another topic.",
    bad: "",
    good: "",
    from: "run",
  },
};
