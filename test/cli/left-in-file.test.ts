import { expect, onTestFinished, test } from "vitest";
import { openLink } from "../../src/adapters/redis/link.js";
import { settingsOf } from "../../src/adapters/redis/settings.js";
import { connectionTo, unused } from "../adapters/redis/harness.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { describeOn } from "../support/servers.js";
import { serving, untilPrints } from "../support/serving.js";

const LEFT = "FC6047: messages that flows have not read are left in the file's own topics: ";

describeOn("redis", "topics that a profile moves from the file to a broker", (url) => {
  test("what flows had not read there is said by run and doctor, also beside the process that serves, and taken without the profile", { timeout: 120_000 }, async () => {
    const topic = unused();
    onTestFinished(async () => {
      const link = await openLink(settingsOf(connectionTo(url)));
      await link.command("DEL", topic);
      link.close();
    });
    const flow = (name: string, from: string): string => `flowctl: v1\nflow: ${name}\ntopics:\n  ${topic}: { message: { fields: { id: string } }, key: msg.id }\non: { topic: ${topic}${from} }\nsteps: [ { id: s, set: { a: input.id } } ]\n`;
    const cwd = folderWith({ "flow.yaml": flow(`f-${topic}`, ""), "later.yaml": flow(`l-${topic}`, ", from: latest"), "flowctl.yaml": `flows: [flow.yaml, later.yaml]\nprofiles: { redis: { broker: { kind: redis, url: "${url}" } } }\n` });
    const ok = async (...command: string[]): Promise<void> => expect(await flowctl(command, { cwd })).toMatchObject({ status: 0 });
    const left = async (): Promise<string | undefined> => (await flowctl(["doctor", "--profile", "redis"], { cwd })).stdout.split("\n").find((line) => line.includes("FC6047"));
    await ok("topics", "apply", "--yes", "--profile", "redis");
    expect(await left()).toBeUndefined();

    // Before any group has read it, and behind one that has.
    await ok("topics", "publish", topic, '[{ "id": "a" }, { "id": "b" }]');
    expect(await left()).toContain(`${LEFT}2 of \`${topic}\``);
    const takeAll = async (): Promise<void> => {
      await using served = await serving(cwd);
      const lags = ({ stdout }: { readonly stdout: string }): readonly number[] => JSON.parse(stdout).lags.map(({ lag }: { readonly lag: number }) => lag);
      await untilPrints(["topics", "lag", "-o", "json"], cwd, (printed) => lags(printed).length === 2 && lags(printed).every((lag) => lag === 0));
      await served.stop();
    };
    await takeAll();
    expect(await left()).toBeUndefined();
    await ok("topics", "publish", topic, '{ "id": "c" }');
    {
      await using served = await serving(cwd, ["--profile", "redis"]);
      await served.says(`${LEFT}1 of \`${topic}\``);
      expect(await left()).toContain(`${LEFT}1 of \`${topic}\``);
      await served.stop();
    }
    await takeAll();
    {
      await using served = await serving(cwd, ["--profile", "redis"]);
      await served.says("messages on redis");
      await served.stop();
      expect(served.stderr()).not.toContain("FC6047");
    }
  });
});
