/**
 * `midge start` as a process: what it says, signals, reload, and how it refuses to start.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../lib/version.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { subscribe } from "../support/raw_packets.ts";

const OPEN = `
listeners: {default: {bind: "127.0.0.1:0"}}
plugins: {auth_anonymous: }
`;

/** A log line without its time. */
function said(line: string): string {
  return line.slice(line.indexOf(" ") + 1);
}

Deno.test("says version, listeners, plugins and who may connect; SIGTERM ends it with 0", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", OPEN);
  await using midge = await MidgeProcess.start(["--config", file]);
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  assertEquals(midge.log.map(said).slice(0, 3), [
    `info    midge.cli: midge ${VERSION} config=${file}`,
    `info    midge.cli: listener default: tcp 127.0.0.1:${midge.port}`,
    "info    midge.cli: plugins: auth_anonymous",
  ]);
  assertStringIncludes(midge.log[3]!, "auth_anonymous");
  midge.signal("SIGTERM");
  await client.expectClosed();
  assertEquals(await midge.exitCode(), 0);
  assertEquals(midge.log.slice(-2).map(said), [
    "info    midge.cli: SIGTERM: stopping",
    "info    midge.cli: stopped",
  ]);
});

Deno.test("Ctrl-C that arrives twice is one: an orderly stop", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", OPEN);
  let ended: [code: number, lines: number] | undefined;
  // Where a machine halts for a second between the two they are two.
  for (let tries = 0; tries < 5 && ended?.[0] !== 0; tries++) {
    await using midge = await MidgeProcess.start(["start", "-c", file]);
    midge.signal("SIGINT");
    midge.signal("SIGINT");
    const code = await midge.exitCode();
    ended = [code, midge.log.filter((line) => line.includes("SIGINT")).length];
  }
  assertEquals(ended, [0, 1]);
});

Deno.test("a second demand ends a stop that hangs", async () => {
  await using folder = new TempFolder();
  folder.write(
    "hangs.ts",
    `export default { name: "hangs", apiVersion: 1, setup: () => ({
      brokerStopping: () => new Promise((resolve) => setTimeout(resolve, 600_000)),
    }) };`,
  );
  const file = folder.write(
    "c.yaml",
    OPEN.replace("auth_", "./hangs.ts: , auth_"),
  );
  await using midge = await MidgeProcess.start(["-c", file]);
  midge.signal("SIGINT");
  await midge.line(/SIGINT: stopping/);
  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 1);
  assertMatch(midge.log.at(-1)!, /SIGTERM again: stopping at once/);
});

Deno.test("SIGHUP reads the file again; a bad one changes nothing; nobody is disconnected", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", OPEN);
  await using midge = await MidgeProcess.start(["-c", file]);
  const address = { hostname: "127.0.0.1", port: midge.port };
  await using client = await RawClient.open(address, { clientId: "stays" });

  folder.write("c.yaml", OPEN + "max_inflight: lots\n");
  midge.signal("SIGHUP");
  assertEquals(
    said(await midge.line(/not reloaded/)),
    `error   midge.cli: not reloaded: ${file}: max_inflight: got "lots", ` +
      "expected a whole number up to 65535, or 0 for 65535",
  );

  folder.write(
    "c.yaml",
    OPEN.replace("default", "other").replace("auth_anonymous: ", "topic_taboo: "),
  );
  midge.signal("SIGHUP");
  await midge.line(/: reloaded/);
  assertMatch(await midge.line(/listeners/, 4), /listeners changed: .*next start/);
  await using refused = await RawClient.dial(address);
  await refused.send(Uint8Array.of(0x10, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 0, 0, 1, 120));
  await refused.expect(Uint8Array.of(0x20, 2, 0, 5));
  await client.expectNothing();
});

Deno.test("SIGHUP: a file that could not be read is said, at each reload, and nothing says reloaded", async () => {
  await using folder = new TempFolder();
  folder.write("acl.conf", "{allow, all}.");
  const file = folder.write("c.yaml", OPEN.replace("{auth_", "{acl_file: {file: acl.conf}, auth_"));
  await using midge = await MidgeProcess.start(["-c", file]);
  Deno.removeSync(`${folder.path}/acl.conf`);
  for (const _ of [1, 2]) {
    const from = midge.log.length;
    midge.signal("SIGHUP");
    assertMatch(
      said(await midge.line(/not reloaded/, from)),
      /^error {3}midge\.cli: not reloaded: acl_file: acl\.conf: cannot be read/,
    );
  }
  assertEquals(midge.log.filter((line) => /: reloaded/.test(line)), []);
  folder.write("acl.conf", "{deny, all}.");
  midge.signal("SIGHUP");
  await midge.line(/: reloaded/);
});

Deno.test("SIGHUP: a configuration that was emptied is refused; one that opens the broker warns", async () => {
  await using folder = new TempFolder();
  folder.write("users", "# nobody yet\n");
  const listeners = `listeners: {default: {bind: "127.0.0.1:0"}}\n`;
  const file = folder.write("c.yaml", `${listeners}plugins: {auth_file: {password_file: users}}`);
  await using midge = await MidgeProcess.start(["-c", file]);
  for (const text of ["", "# all of it\n#plugins:\n"]) {
    const from = midge.log.length;
    folder.write("c.yaml", text);
    midge.signal("SIGHUP");
    await midge.line(/not reloaded: .*c\.yaml: nothing is said in it/, from);
  }
  folder.write("c.yaml", listeners);
  midge.signal("SIGHUP");
  await midge.line(/: reloaded/);
  const warnings = midge.log.map(said).filter((line) => line.startsWith("warning"));
  assertEquals(warnings, [
    `warning midge.cli: nobody may connect: auth_file: ${folder.path}/users has no user`,
    "warning midge.cli: reload: anyone may connect: no plugin but auth_anonymous authenticates",
    "warning midge.cli: reload: clients without a username may connect",
  ]);
});

Deno.test("SIGHUP changes the log, and loggers that were silent begin to write", async () => {
  await using folder = new TempFolder();
  const text = OPEN.replace("{auth_", "{event_logger: , auth_");
  const file = folder.write("c.yaml", text);
  await using midge = await MidgeProcess.start(["-c", file]);
  folder.write("c.yaml", `${text}log: {level: debug, format: json}\n`);
  midge.signal("SIGHUP");
  await midge.line(/"reloaded"/);
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  await client.send(subscribe(1, ["a/b", 0]));
  const line = JSON.parse(await midge.line(/Subscribed/));
  assertEquals([line.level, line.logger], ["debug", "midge.plugins.event_logger"]);
});

Deno.test("a fault in a plugin's own time is logged, and serving goes on", async () => {
  await using folder = new TempFolder();
  folder.write(
    "faulty.ts",
    `export default { name: "faulty", apiVersion: 1, setup: () => ({
      clientConnected() {
        setTimeout(() => { throw new Error("thrown late"); });
        Promise.reject(new Error("nobody waits"));
      },
    }) };`,
  );
  const file = folder.write("c.yaml", OPEN.replace("auth_", "./faulty.ts: , auth_"));
  await using midge = await MidgeProcess.start(["-c", file]);
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  assertMatch(
    await midge.line(/nobody waits/),
    /error .*unhandled rejection: nobody waits; serving goes on/,
  );
  assertMatch(
    await midge.line(/thrown late/),
    /error .*unhandled error: thrown late; serving goes on/,
  );
  await client.expectNothing();
});

Deno.test("-d logs at debug, json makes objects", async () => {
  await using folder = new TempFolder();
  const file = folder.write(
    "c.yaml",
    `${OPEN.replace("{auth_", "{event_logger: , auth_")}log: {format: json}\n`,
  );
  await using midge = await MidgeProcess.start(["-d", "-c", file]);
  const levels = midge.log.map((line) => JSON.parse(line).level);
  assertEquals(levels.includes("debug"), true);
});

Deno.test("refuses a port that is taken, in one line, with exit code 1", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", OPEN.replace(":0", `:${port}`));
  const { code, stdout, stderr } = await runMidge(["-c", file]);
  assertEquals([code, stdout, stderr.length], [1, [], 1]);
  assertEquals(
    stderr[0],
    `midge: ${file}: listeners.default.bind: cannot listen on 127.0.0.1:${port}: ` +
      "the port is taken by another process; stop that one (sudo ss -ltnp names it), or choose another port",
  );
});

Deno.test("names the permission that is missing", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", OPEN);
  const noNet = await runMidge(["-c", file], { permissions: ["--allow-read"] });
  assertEquals([noNet.code, noNet.stderr.length], [1, 1]);
  assertStringIncludes(noNet.stderr[0]!, "--allow-net");
  const code = new URL("../../", import.meta.url).pathname;
  const noRead = await runMidge(["-c", file], {
    permissions: ["--allow-net", `--allow-read=${code}`],
  });
  assertEquals(noRead.code, 1);
  assertEquals(noRead.stderr, [`midge: ${file}: may not be read; --allow-read is needed`]);
});

Deno.test("refuses a wrong configuration with one line for each problem", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", "foo: 1\nmax_inflight: x\n");
  const { code, stdout, stderr } = await runMidge(["-c", file]);
  assertEquals([code, stdout, stderr.length], [1, [], 2]);
  assertStringIncludes(stderr[0]!, `midge: ${file}: foo: unknown key`);
  const missing = await runMidge(["-c", `${folder.path}/none.yaml`]);
  assertEquals(missing.stderr, [
    `midge: ${folder.path}/none.yaml: no such file; midge init DIR writes a first one`,
  ]);
  const directory = await runMidge(["-c", folder.path]);
  assertEquals(directory.stderr, [`midge: ${folder.path}: is a folder; expected a file`]);
  Deno.writeFileSync(file, Uint8Array.of(0x61, 0xff));
  const binary = await runMidge(["-c", file]);
  assertEquals(binary.stderr, [`midge: ${file}: is not UTF-8 text`]);
  assertEquals([missing.code, directory.code, binary.code], [1, 1, 1]);
});
