import type { CodeTable } from "./entry.js";

/** What stands between an operator and the runs: the process that serves, or the file. */
export const FC6_OPERATOR: CodeTable = {
  FC6020: {
    severity: "error",
    title: "The process that serves cannot be asked",
    explain:
      "Commands such as `runs` and `topics` ask the process that serves the flows, over a socket in the temporary folder. It went away, does not answer, or the socket is not this user's. What it had taken is durable; what it had not is to be asked again. With no process at all the commands work on the database file.",
    bad: "",
    good: "",
    from: "run",
  },
};
