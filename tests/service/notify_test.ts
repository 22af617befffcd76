/** `midge start` under a service manager: what it is told over a real socket, and the folders that it gives. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { NotifyReceiver } from "../support/notify_receiver.ts";
import { RawClient } from "../support/raw_client.ts";
import { publish } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "STATE_DIRECTORY", "RUNTIME_DIRECTORY"];

/** The rights of the executable. */
const PERMISSIONS = [
  "--unstable-net",
  `--allow-env=${VARIABLES.join(",")}`,
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write",
];

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
plugins: {auth_anonymous: }
`;

function start(file: string, env: Record<string, string>): Promise<MidgeProcess> {
  return MidgeProcess.start(["-c", file], { permissions: PERMISSIONS, env });
}

Deno.test("ready, a sign of life, a reload and the stop, over a path", async () => {
  await using folder = new TempFolder();
  await using manager = await NotifyReceiver.open(`${folder.path}/notify`);
  const file = folder.write("c.yaml", `${CONFIG}storage: {durability: os}\n`);
  const env = { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "2000000" };
  await using midge = await start(file, env);
  assertMatch(await manager.next(), /^EXTEND_TIMEOUT_USEC=\d+\nSTATUS=reading the storage$/);
  const listener = `listener default: tcp 127.0.0.1:${midge.port}`;
  assertEquals(await manager.next(), `READY=1\nSTATUS=0 clients; ${listener}`);
  assertEquals(await manager.next(), "WATCHDOG=1");
  await using _client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  midge.signal("SIGHUP");
  assertMatch(await manager.nextWith(/RELOADING/), /^RELOADING=1(\nMONOTONIC_USEC=\d+)?$/);
  assertEquals(await manager.nextWith(/READY/), `READY=1\nSTATUS=1 client; ${listener}`);
  midge.signal("SIGTERM");
  assertEquals(await manager.nextWith(/STOPPING/), "STOPPING=1\nSTATUS=stopping");
  assertEquals(await midge.exitCode(), 0);
});

Deno.test("an event loop that hangs says nothing, and goes on when it does not", async () => {
  await using folder = new TempFolder();
  await using manager = await NotifyReceiver.open(`${folder.path}/notify`);
  const [hangs, forLong] = [`${folder.path}/hangs`, `${folder.path}/for_long`];
  folder.write(
    "hangs.ts",
    `const isThere = (path) => { try { return Deno.statSync(path).isFile; } catch { return false; } };
    export default { name: "hangs", apiVersion: 1, setup: (_options, { logger }) => ({
      messageReceived() {
        Deno.writeTextFileSync("${hangs}", "");
        const end = Date.now() + 2500;
        while (Date.now() < end);
        Deno.writeTextFileSync("${forLong}", "");
        while (isThere("${hangs}"));
        logger.info("hung for a while");
      },
    }) };`,
  );
  const file = folder.write("c.yaml", CONFIG.replace("auth_", "./hangs.ts: , auth_"));
  const env = { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "1000000" };
  await using midge = await start(file, env);
  await manager.nextWith(/WATCHDOG/);
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  await client.send(publish("a", "b"));
  await until(() => existsSync(hangs), "the beginning");
  await manager.mark("it hangs");
  await manager.nextWith(/it hangs/);
  await until(() => existsSync(forLong), "2.5 seconds of it");
  await manager.mark("still");
  assertEquals(
    await manager.next(),
    "still",
    "a loop that runs would have sent five signs of life",
  );
  Deno.removeSync(hangs);
  await manager.nextWith(/WATCHDOG/);
  await midge.line(/hung for a while/);
});

Deno.test("a manager that is not there costs one line of the log, and no start", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", CONFIG);
  await using midge = await start(file, { NOTIFY_SOCKET: `${folder.path}/none` });
  midge.signal("SIGHUP");
  await midge.line(/ reloaded$/);
  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
  const lines = midge.log.filter((line) => line.includes("service manager"));
  assertEquals(lines.length, 1);
  assertStringIncludes(lines[0]!, "warning midge.cli: the service manager is not told");
});

Deno.test("an abstract address works, or is one line at level debug", async () => {
  await using folder = new TempFolder();
  await using manager = await NotifyReceiver.open(`@midge-${crypto.randomUUID()}`);
  const file = folder.write("c.yaml", CONFIG);
  await using _midge = await start(file, { NOTIFY_SOCKET: manager.address });
  assertMatch(await manager.next(), /^READY=1\n/);
});

Deno.test("data and management socket stand in the service's folders; a key and a flag win", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", `${CONFIG}storage: {durability: os}\n`);
  const [state, runtime] = ["state", "run"].map((name) => `${folder.path}/${name}`);
  Deno.mkdirSync(state!);
  Deno.mkdirSync(runtime!);
  const env = { STATE_DIRECTORY: state!, RUNTIME_DIRECTORY: runtime! };
  {
    await using midge = await start(file, env);
    assertMatch(await midge.line(/management: /), new RegExp(`management: ${runtime}/midge.sock$`));
    await midge.line(new RegExp(`storage: ${state}/store `));
    const socket = ["--socket", `${runtime}/midge.sock`];
    assertEquals((await runMidge(["ctl", ...socket, "status"])).code, 0);
    assertEquals((await runMidge(["ctl", ...socket, "reload"])).stdout, ["reloaded"]);
  }
  const own = folder.write("own.yaml", `${CONFIG}data_dir: own\nstorage: {durability: os}\n`);
  {
    await using midge = await start(own, env);
    await midge.line(new RegExp(`management: ${runtime}/midge.sock$`));
    await midge.line(new RegExp(`storage: ${folder.path}/own/store `));
  }
  const flag = ["-c", own, "--data-dir", `${folder.path}/flag`];
  await using midge = await MidgeProcess.start(flag, { permissions: PERMISSIONS, env });
  await midge.line(new RegExp(`management: ${folder.path}/flag/midge.sock$`));
});
