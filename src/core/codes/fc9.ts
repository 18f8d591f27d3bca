import type { CodeTable } from "./entry.js";

export const FC9_INTERNAL: CodeTable = {
  FC9000: {
    severity: "error",
    title: "Internal error",
    explain:
      "flowctl itself failed while it worked on a file. That is a bug, whatever the file holds: please report it with the file. `FLOWCTL_DEBUG=1` prints where it happened. The exit code is 3.",
    bad: "",
    good: "",
    from: "run",
  },
};
