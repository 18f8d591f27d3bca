import { expect, it } from "vitest";
import { isZone, parseSchedule, scheduleProblem } from "../../src/expr/schedule.js";

it("finds the tick behind a time and the one at or before it", () => {
  const five = parseSchedule("*/5 * * * *", "UTC");
  const at = Date.UTC(2026, 0, 1, 10, 5);
  expect(five.next(at)).toBe(at + 300_000);
  expect(five.next(at - 1)).toBe(at);
  for (const later of [0, 1, 999, 299_999]) expect(five.latest(at + later)).toBe(at);
  expect(five.latest(at - 1)).toBe(at - 300_000);
});

it("agrees with itself whatever the time: nothing lies between the latest tick and the next", () => {
  for (const [cron, zone] of [["30 2 * * *", "Europe/Berlin"], ["*/7 1-3 * * *", "America/New_York"], ["15 30 1 * * SUN", "Australia/Lord_Howe"], ["@daily", "Africa/Cairo"]] as const) {
    const schedule = parseSchedule(cron, zone);
    for (let at = Date.UTC(2026, 2, 1); at < Date.UTC(2026, 10, 10); at += 7 * 3_600_000 + 1234) {
      const [before, after] = [schedule.latest(at) ?? 0, schedule.next(at) ?? 0];
      expect(before).toBeLessThanOrEqual(at);
      expect(after).toBeGreaterThan(at);
      expect(schedule.next(before), `${cron} ${zone} at ${new Date(at).toISOString()}`).toBe(after);
    }
  }
});

it("says what is wrong", () => {
  for (const good of ["*/5 * * * *", "0 0 6 * * MON-FRI", "@daily", "0 0 L * *", "0 9 * * FRI#2"]) expect(scheduleProblem(good)).toBeNull();
  for (const bad of ["", "* * * *", "* * * * * * *", "60 * * * *", "0 25 * * *", "a b c d e", "@reboot", "@never", "2026-01-01T00:00:00", "*/0 * * * *"]) expect(scheduleProblem(bad), bad).not.toBeNull();
  expect(scheduleProblem("0 0 30 2 *")).toBe("no day ever fits it");
});

it("knows zones", () => {
  for (const zone of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]) expect(isZone(zone)).toBe(true);
  for (const zone of ["", "Europe/Berln", "+02:00", "Mars"]) expect(isZone(zone)).toBe(false);
});
