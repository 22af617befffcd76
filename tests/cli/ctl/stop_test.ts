/** `midge ctl stop`: an orderly end without a signal. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Broker } from "../../../mod.ts";
import { UserError } from "../../../lib/user_error.ts";
import { MidgeProcess, runMidge, TempFolder } from "../../support/midge_process.ts";

Deno.test("the broker ends in order, with 0", async () => {
  await using folder = new TempFolder();
  const config = folder.write(
    "config.yaml",
    'listeners: {default: {bind: "127.0.0.1:0"}}\nplugins: {auth_anonymous: {}}\nstorage: {}\n',
  );
  await using midge = await MidgeProcess.start(["-c", config]);
  const { code, stdout, stderr } = await runMidge(["ctl", "-c", config, "stop"]);
  assertEquals([code, stderr], [0, []]);
  assertMatch(stdout[0]!, /^stopped \(process \d+\)$/);
  assertEquals(await midge.exitCode(), 0);
  assertMatch(midge.log.slice(-2).join("\n"), /midge ctl stop: stopping\n.*stopped$/);
  const again = await runMidge(["ctl", "-c", config, "stop"]);
  assertEquals(again.code, 1);
  assertMatch(again.stderr[0]!, /no broker runs here/);
});

Deno.test("a broker inside of another program is not ended by it, and no viewer ends one", async () => {
  let stop: ((isAdmin: boolean) => Promise<unknown> | undefined) | undefined;
  await using broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" } },
    plugins: {
      auth_anonymous: null,
      steer: {
        name: "steer",
        apiVersion: 1,
        setup: (_: unknown, context: { manage?: (...args: unknown[]) => Promise<unknown> }) => {
          stop = (isAdmin) => context.manage?.("stop", {}, { name: "x", isAdmin, user: undefined });
          return {};
        },
      },
    },
  });
  await broker.start();
  await assertRejects(async () => await stop?.(true), UserError, "is a part of another program");
  await assertRejects(async () => await stop?.(false), UserError, "may only look");
});
