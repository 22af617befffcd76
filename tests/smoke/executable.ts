/**
 * The compiled executable: what may work with `deno run` and fail once it is compiled. Run by
 * `deno task smoke` after `deno task compile`; not part of `deno task test`, which needs no executable.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../lib/version.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { missingChromium, startChromium } from "../support/chromium.ts";
import { optionalTest } from "../support/optional.ts";
import { RawClient } from "../support/raw_client.ts";
import { connack, connect, puback, publish, suback, subscribe } from "../support/raw_packets.ts";

const executable =
  new URL(`../../dist/midge${Deno.build.os === "windows" ? ".exe" : ""}`, import.meta.url)
    .pathname;

/** Of an empty program compiled with Deno 2.6.10 for Linux. */
const EMPTY_EXECUTABLE = 92_185_543;
/** Bytes: Midge's modules, drivers, the page, the documentation. */
const MOST_INSIDE = 6_000_000;

/** The default configuration on a free port. */
const CONFIG = Deno.readTextFileSync(new URL("../../config.yaml", import.meta.url))
  .replace("0.0.0.0:1883", "127.0.0.1:0");

function configWith(plugins: string): string {
  return `listeners: {default: {bind: "127.0.0.1:0"}}\nplugins:\n${plugins}\n`;
}

/** The version of the Deno that is in the executable, as a number: 2.9 is 209. */
async function embeddedDeno(): Promise<number> {
  const { stdout } = await runMidge(["--version"], { executable });
  const [, major, minor] = /\(deno (\d+)\.(\d+)\./.exec(stdout[0] ?? "") ?? [];
  return Number(major) * 100 + Number(minor);
}

Deno.test("says its version", async () => {
  const { code, stdout } = await runMidge(["--version"], { executable });
  assertEquals(code, 0);
  assertMatch(
    stdout[0]!,
    new RegExp(`^midge ${VERSION.replaceAll(".", "\\.")} \\(deno [\\d.]+\\)$`),
  );
});

Deno.test("brings the documentation along, and completion", async () => {
  const { stdout, stderr } = await runMidge(["help", "max_packet_size"], { executable });
  assertEquals([stdout[0], stderr], ["max_packet_size", []]);
  const { code, stdout: script } = await runMidge(["completion", "bash"], { executable });
  assertEquals([code, script.at(-1)], [0, "complete -F _midge midge midge-broker"]);
});

Deno.test("the default configuration: a QoS 1 message goes around, SIGTERM ends with 0", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", CONFIG);
  const check = await runMidge(["check", "-c", file], { executable });
  assertEquals([check.code, check.stdout.at(-1)], [0, `${file}: fine`]);
  await using midge = await MidgeProcess.start(["-c", file], { executable });
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  await client.send(subscribe(1, ["a/b", 1]));
  await client.expect(suback(1, 1));
  await client.send(publish("a/b", "hello", { qos: 1, id: 7 }));
  const packets = [await client.expectPacket("PUBLISH"), await client.expectPacket("PUBACK")];
  assertEquals(packets.map(({ type }) => type).sort(), [3, 4]);
  await client.send(puback(1));
  await client.expectNothing();
  await client.send(subscribe(2, ["$SYS/broker/version", 0]));
  await client.expect(suback(2, 0));
  const version = await client.expectPublish();
  assertEquals(version.payload, `midge ${VERSION}`);
  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
});

Deno.test("store check: what a running broker has kept", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", CONFIG);
  await using midge = await MidgeProcess.start(["-c", file], { executable });
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  await client.send(publish("a/b", "21", { qos: 1, id: 7, retain: true }));
  await client.expect(puback(7));
  const { code, stdout, stderr } = await runMidge(["store", "check", "-c", file], { executable });
  assertEquals([code, stderr], [0, []]);
  assertMatch(stdout[0]!, /store: whole$/);
  assertStringIncludes(stdout.join("\n"), "retained      1");
});

Deno.test("pub and sub, with the client's own plugin; certs, with its library", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", CONFIG);
  await using midge = await MidgeProcess.start(["-c", file], { executable });
  const to = ["-h", "127.0.0.1", "-p", String(midge.port), "-t", "kept", "-q", "1"];
  const pub = await runMidge(["pub", ...to, "-m", "hello", "-r", "-d"], { executable });
  assertEquals(pub.code, 0, pub.stderr.join("\n"));
  assertStringIncludes(pub.stderr.join("\n"), "packet_logger: sent publish");
  const sub = await runMidge(["sub", ...to, "-C", "1", "-v"], { executable });
  assertEquals([sub.code, sub.stdout, sub.stderr], [0, ["kept hello"], []]);
  const made = ["--output-dir", folder.path];
  const certs = await runMidge(["certs", "ca", "--cn", "CA", ...made], { executable });
  assertEquals([certs.code, certs.stderr], [0, []]);
  assertStringIncludes(folder.read("ca.crt"), "BEGIN CERTIFICATE");
});

Deno.test("an external .js plugin by path, with imports of its own and of Midge's doors", async () => {
  await using folder = new TempFolder();
  folder.write("greeting.js", `export const GREETING = "good morning";`);
  folder.write(
    "greeter.js",
    `import { Broker } from "@midge/midge";
     import { definePlugin } from "@midge/midge/plugin";
     import { parseYamlRules } from "@midge/midge/sources";
     import { basename } from "node:path";
     import { GREETING } from "./greeting.js";
     export default definePlugin({ name: "greeter", apiVersion: 1, setup: (_options, context) => {
       const doors = [Broker, definePlugin, parseYamlRules].map((door) => typeof door);
       context.logger.info(GREETING + " from " + basename("a/b") + ": " + doors);
       return {};
     } });`,
  );
  const file = folder.write("c.yaml", configWith("  ./greeter.js:\n  auth_anonymous:"));
  await using midge = await MidgeProcess.start(["-c", file], { executable });
  await midge.line(/good morning from b: function,function,function$/);
});

Deno.test("an external .ts plugin by path: set up by Deno 2.9, refused in one line by older ones", async () => {
  await using folder = new TempFolder();
  folder.write("words.ts", `export const text: string = "typed and set up";`);
  folder.write(
    "typed.ts",
    `import type { PluginContext } from "@midge/midge";
     import { text } from "./words.ts";
     export default { name: "typed", apiVersion: 1, setup: (_: unknown, context: PluginContext) => {
       context.logger.info(text);
       return {};
     } };`,
  );
  const file = folder.write("c.yaml", configWith("  ./typed.ts:\n  auth_anonymous:"));
  if (await embeddedDeno() >= 209) {
    await using midge = await MidgeProcess.start(["-c", file], { executable });
    await midge.line(/typed and set up$/);
    return;
  }
  const { code, stderr } = await runMidge(["-c", file], { executable });
  assertEquals([code, stderr.length], [1, 1]);
  assertStringIncludes(stderr[0]!, "expected a .js file, or an executable compiled with Deno 2.9");
});

Deno.test("an external plugin with a package: one sentence, and what it says works", async () => {
  await using folder = new TempFolder();
  const source = folder.write(
    "typed.ts",
    `import { definePlugin } from "@midge/midge/plugin";
     import * as parse from "npm:deno-std@1.4.0/yaml/parse.js";
     const text: string = Object.keys(parse).join();
     export default definePlugin({ name: "typed", apiVersion: 1, setup(_, context) {
       context.logger.info("with a package" + text);
       return {};
     } });`,
  );
  folder.write("bare.js", `import "npm:deno-std@1.4.0/yaml/parse.js"; export default {};`);
  const bare = folder.write("bare.yaml", configWith("  ./bare.js:\n  auth_anonymous:"));
  const { code, stderr } = await runMidge(["-c", bare], { executable });
  assertEquals([code, stderr.length], [1, 1]);
  assertStringIncludes(stderr[0]!, "deno bundle --external '@midge/*' -o PLUGIN.js FILE");
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--no-config", "--external", "@midge/*", "-o", "typed.js", source],
    cwd: folder.path,
    stdout: "null",
    stderr: "null",
  }).output();
  assertEquals(success, true);
  const file = folder.write("c.yaml", configWith("  ./typed.js:\n  auth_anonymous:"));
  await using midge = await MidgeProcess.start(["-c", file], { executable });
  await midge.line(/with a packageparse/);
});

Deno.test("it is small: what is inside is in the memory of a broker at rest", async () => {
  if (await embeddedDeno() !== 206) return;
  const inside = Deno.statSync(executable).size - EMPTY_EXECUTABLE;
  assert(inside < MOST_INSIDE, `${inside} bytes are inside, expected less than ${MOST_INSIDE}`);
});

Deno.test("an external plugin: a mistake has file, line and column, a change is loaded at a reload", async () => {
  await using folder = new TempFolder();
  const saying = (text: string) =>
    `export default { name: "p", apiVersion: 1, setup(_, context) {\n context.logger.info("${text}");\n` +
    ` return { brokerReloading() { null.x; } }; } };`;
  const path = folder.write("p.js", saying("one"));
  const file = folder.write("c.yaml", configWith("  ./p.js:\n  auth_anonymous:"));
  {
    await using midge = await MidgeProcess.start(["-c", file], { executable });
    await midge.line(/: one$/);
    midge.signal("SIGHUP");
    const fault = await midge.line(/brokerReloading failed/);
    assertStringIncludes(fault, `(${path}:3:36)`);
    folder.write("p.js", saying("two"));
    midge.signal("SIGHUP");
    await midge.line(/: two$/);
  }
  folder.write("p.js", "export default {\n  a: 1\n}\n}\n");
  const { code, stderr } = await runMidge(["check", "-c", file], { executable });
  assertEquals([code, stderr.length], [1, 1]);
  assertStringIncludes(stderr[0]!, `(${path}:4:1)`);
});

for (const scheme of ["argon2id", "sha512"]) {
  Deno.test(`users of a password file: ${scheme}, in the worker that is embedded`, async () => {
    await using folder = new TempFolder();
    const passwords = `${folder.path}/passwords`;
    const args = ["passwd", passwords, "alice", "--hash", scheme];
    assertEquals((await runMidge(args, { executable, stdin: "sesame" })).code, 0);
    const file = folder.write("c.yaml", configWith("  auth_file: {password_file: passwords}"));
    await using midge = await MidgeProcess.start(["-c", file], { executable });
    const address = { hostname: "127.0.0.1", port: midge.port };
    await using _ = await RawClient.open(address, { username: "alice", password: "sesame" });
    await using refused = await RawClient.dial(address);
    await refused.send(connect({ username: "alice", password: "nope" }));
    await refused.expect(connack(false, 4));
  });
}

Deno.test({
  name: "a service under another user: it reads what root's passwd wrote, root's ctl asks it",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    const uid = 65_534;
    await using folder = new TempFolder();
    const own = `${folder.path}/midge`; // the service may not be let into the folder of the clone
    Deno.copyFileSync(executable, own);
    Deno.chownSync(folder.path, uid, uid);
    const passwords = `${folder.path}/passwords`;
    const passwd = ["passwd", passwords, "alice"];
    assertEquals((await runMidge(passwd, { executable, stdin: "sesame" })).code, 0);
    const file = folder.write("c.yaml", configWith("  auth_file: {password_file: passwords}"));
    Deno.chownSync(file, uid, uid);
    const place = ["-c", file, "--data-dir", `${folder.path}/state`];
    await using midge = await MidgeProcess.start(place, { executable: own, uid });
    const address = { hostname: "127.0.0.1", port: midge.port };
    await using _ = await RawClient.open(address, { username: "alice", password: "sesame" });
    const { code, stdout } = await runMidge(["ctl", ...place, "status"], { executable });
    assertEquals(code, 0);
    assertStringIncludes(stdout.join("\n"), "process");
    assertEquals((await runMidge(passwd, { executable, stdin: "changed" })).code, 0);
    midge.signal("SIGHUP");
    await midge.line(/reloaded$/);
    await using _again = await RawClient.open(address, { username: "alice", password: "changed" });
  },
});

for (const plugin of ["mysql", "postgres", "redis", "mongodb"]) {
  Deno.test(`the driver of ${plugin} is embedded: it finds nobody at a closed port`, async () => {
    await using folder = new TempFolder();
    const file = folder.write("c.yaml", configWith(`  ${plugin}: {server: "127.0.0.1:1"}`));
    await using midge = await MidgeProcess.start(["-c", file], { executable });
    await using client = await RawClient.dial({ hostname: "127.0.0.1", port: midge.port });
    await client.send(connect({ username: "alice", password: "sesame" }));
    await client.expect(connack(false, 3));
    await midge.line(new RegExp(`${plugin}.*ECONNREFUSED`));
  });
}

const PAGE = new URL("../../plugins/dashboard/page", import.meta.url).pathname;

/** The paths of the page's own files, relative to its folder. */
function pageFiles(folder = PAGE, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? pageFiles(`${folder}/${name}`, `${prefix}${name}/`) : [`${prefix}${name}`]
  );
}

/** Runs a broker with a dashboard and metrics, and hands on the dashboard's address and a token. */
async function withDashboard(
  run: (url: string, token: string, midge: MidgeProcess) => Promise<void>,
): Promise<void> {
  await using folder = new TempFolder();
  const file = folder.write(
    "c.yaml",
    configWith(
      "  auth_anonymous:\n  dashboard: {bind: 127.0.0.1:0}\n  prometheus: {bind: 127.0.0.1:0}",
    ),
  );
  await using midge = await MidgeProcess.start(["-c", file], { executable });
  const line = await midge.line(/dashboard: http:/);
  const url = /http:\S+$/.exec(line)![0];
  const { code, stdout } = await runMidge(["ctl", "-c", file, "token", "new"], { executable });
  assertEquals(code, 0);
  await run(url, stdout[0]!, midge);
}

Deno.test("the dashboard: every file of its page, its libraries and its API are embedded", async () => {
  await withDashboard(async (url, token, midge) => {
    const libraries = ["preact.js", "hooks.js", "htm.js", "uplot.js", "uplot.css"];
    for (const path of ["", ...pageFiles(), ...libraries.map((name) => `vendor/${name}`)]) {
      const answer = await fetch(url + path);
      assertEquals([path, answer.status, (await answer.text()).length > 0], [path, 200, true]);
    }
    const headers = { Authorization: `Bearer ${token}` };
    for (const path of ["openapi.json", "status"]) {
      const answer = await fetch(`${url}api/v1/${path}`, { headers });
      assertEquals([answer.status, Object.keys(await answer.json()).length > 0], [200, true]);
    }
    const metrics = /http:\S+$/.exec(await midge.line(/metrics.*http:/))![0];
    const scraped = await fetch(metrics);
    assertEquals(scraped.status, 200);
    assertStringIncludes(await scraped.text(), "midge_");
  });
});

Deno.test("the dashboard by HTTPS: where this Deno cannot, the option that asks for it is named", async () => {
  if (await embeddedDeno() >= 209) return;
  await using folder = new TempFolder();
  const options = "{bind: 127.0.0.1:0, certfile: a.pem, keyfile: a.key}";
  const file = folder.write("c.yaml", configWith(`  auth_anonymous:\n  dashboard: ${options}`));
  const { code, stderr } = await runMidge(["-c", file], { executable });
  assertEquals([code, stderr.length], [1, 1]);
  assertMatch(stderr[0]!, /plugins\.dashboard\.certfile: .* cannot serve TLS/);
});

optionalTest(missingChromium, "the dashboard in a browser: a login with a token", async () => {
  const browser = await startChromium();
  try {
    await withDashboard(async (url, token) => {
      const complaints: string[] = [];
      const page = await browser.newPage();
      page.on("pageerror", ({ message }) => complaints.push(message));
      page.on("requestfailed", (request) => complaints.push(request.url()));
      await page.goto(url);
      await page.getByRole("button", { name: "Log in with a token" }).click();
      await page.getByLabel("Token").fill(token);
      await page.getByRole("button", { name: "Log in", exact: true }).click();
      await page.locator(".plot canvas").first().waitFor();
      assertEquals(complaints, []);
    });
  } finally {
    await browser.close();
  }
});
