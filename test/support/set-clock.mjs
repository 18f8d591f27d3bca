// Loaded before a process of ours (`NODE_OPTIONS=--import=…`): its wall clock is two hours ahead until SIGUSR2 sets it back.
const now = Date.now;
let ahead = Number(process.env.FLOWCTL_TEST_AHEAD_MS);
Date.now = () => now() + ahead;
process.on("SIGUSR2", () => {
  ahead = 0;
});
