/** `midge ctl` of clients, topics, retained messages, configuration, health and the log, as processes. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../../support/midge_process.ts";
import { RawClient } from "../../support/raw_client.ts";
import { publish, suback, subscribe } from "../../support/raw_packets.ts";
import { ClientProcess } from "../client_process.ts";

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
management: {bind: "127.0.0.1:0"}
plugins:
  auth_anonymous:
`;
const HTTP = `  http:
    auth_req: {url: "http://127.0.0.1:1/a", headers: {Authorization: "Bearer hunter2"}}
`;

const START_PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write=data",
];

/** A broker in a folder of its own. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  #midge: MidgeProcess | undefined;

  async start(config = CONFIG): Promise<this> {
    this.folder.write("c.yaml", config);
    const options = { cwd: this.folder.path, permissions: START_PERMISSIONS };
    this.#midge = await MidgeProcess.start(["-c", "c.yaml"], options);
    return this;
  }

  ctl(...args: string[]): Promise<Outcome> {
    return runMidge(["ctl", "-c", "c.yaml", ...args], { cwd: this.folder.path });
  }

  /** What it prints; it must have worked. */
  async lines(...args: string[]): Promise<string[]> {
    const { code, stdout, stderr } = await this.ctl(...args);
    assertEquals([code, stderr], [0, []], args.join(" "));
    return stdout;
  }

  open(clientId: string): Promise<RawClient> {
    const address = { hostname: "127.0.0.1", port: this.#midge!.port };
    return RawClient.open(address, { clientId, cleanSession: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#midge?.[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("clients, one client, one session; --search and --limit", async () => {
  await using stage = await new Stage().start();
  await using one = await stage.open("one\u001b[2J");
  await one.send(subscribe(1, ["a/#", 1]));
  await one.expect(suback(1, 1));
  await using _two = await stage.open("TWO");
  assertEquals((await stage.lines("clients")).length, 3);
  const [, found, ...more] = await stage.lines("clients", "--search", "two");
  assertMatch(found!, /^TWO +- +127/);
  assertEquals(more, []);
  assertEquals((await stage.lines("clients", "--limit", "1", "--json")).length, 1);
  assertEquals((await stage.lines("sessions", "--limit", "0")).length, 1);
  const client = await stage.lines("client", "one\u001b[2J");
  assertMatch(client[1]!, /^one\\x1b\[2J +-/);
  const session = await stage.lines("session", "one\u001b[2J");
  assertMatch(session.at(-1)!, /^one\\x1b\[2J +1 +- +a\/#$/);
  assertEquals((await stage.lines("subscriptions", "--topic", "a/b")).length, 2);
  assertEquals((await stage.lines("subscriptions", "--topic", "b")).length, 1);
  const { code, stderr } = await stage.ctl("client", "three");
  assertEquals([code, stderr], [1, [
    'midge: no client "three" is connected; midge ctl clients lists those that are',
  ]]);
});

Deno.test("publish, topics, retained: what is removed comes back", async () => {
  await using stage = await new Stage().start();
  await using client = await stage.open("c");
  await client.send(subscribe(1, ["#", 0]));
  await client.expect(suback(1, 0));
  await stage.lines("topics");
  assertEquals(
    await stage.lines("publish", "a/b", "héllo", "--retain", "--content-type", "text/plain"),
    [
      "published to a/b; sessions that have it: 1",
    ],
  );
  await client.expect(publish("a/b", "héllo"));
  await stage.lines("publish", "a/c", "AP8=", "--base64", "--qos", "1", "-r");
  const [, ...topics] = (await stage.lines("topics", "a/#")).toSorted().toReversed();
  assertEquals(topics.length, 2);
  assert(topics.some((line) => / yes +- +a\/b +héllo$/.test(line)), topics.join("\n"));
  assert(topics.some((line) => line.endsWith("2 bytes, no text")), topics.join("\n"));
  assertEquals((await stage.lines("topics", "--search", "B")).length, 2);
  assert((await stage.lines("topic", "a/b")).includes("payload     héllo"));
  assert((await stage.lines("retained", "get", "a/b")).includes("type        text/plain"));
  const dry = await stage.lines("retained", "purge", "a/#", "--dry-run");
  assertEquals(dry.at(-1), "2 messages of 8 bytes would be removed");
  const purged = await stage.lines("retained", "purge", "a/#");
  const undo = purged.at(-1)!.split(" ").at(-1)!;
  assertEquals((await stage.lines("retained")).length, 1);
  assertEquals(await stage.lines("retained", "undo", undo), [
    "2 messages are back; 0 topics have a newer one; 0 are lost",
  ]);
  assertEquals((await stage.lines("retained")).length, 3);
});

Deno.test("plugins, config, health, storage: no secret in any of them", async () => {
  await using stage = await new Stage().start(CONFIG + HTTP);
  const plugins = await stage.lines("plugins");
  assertMatch(plugins[2]!, /^http +midge +unknown +0 +authenticate/);
  const config = await stage.lines("config");
  assertStringIncludes(config.join("\n"), "listeners: {default:");
  const json = await stage.lines("config", "--json");
  assert(![...plugins, ...config, ...json].join("\n").includes("hunter2"));
  const health = await stage.lines("health");
  assertEquals(health[0], "ready");
  assertMatch((await stage.lines("storage"))[0]!, /^(all is in memory|place )/);
  assertEquals(await stage.lines("config", "validate", "c.yaml"), ["nothing is wrong with it"]);
  stage.folder.write("bad.yaml", "max_qos: 3\n");
  const { code, stderr } = await stage.ctl("config", "validate", "bad.yaml");
  assertEquals(code, 1);
  assertStringIncludes(stderr.join(), "max_qos: got 3, expected 0, 1 or 2");
});

Deno.test("log: levels, a change of one, and lines as they come, until SIGINT", async () => {
  await using stage = await new Stage().start();
  assertEquals(await stage.lines("log", "level", "midge.broker", "debug"), ["midge.broker: debug"]);
  assertEquals((await stage.lines("log", "levels")).toSorted(), [
    "LEVEL    LOGGER",
    "debug    midge.broker",
    "info     midge",
  ]);
  const args = [
    "ctl",
    "-c",
    `${stage.folder.path}/c.yaml`,
    "log",
    "tail",
    "--logger",
    "midge.broker",
  ];
  await using tail = new ClientProcess(args);
  assertMatch(
    await tail.line(),
    /^\S+Z info +midge\.broker: management: log level of midge\.broker /,
  );
  await stage.lines("publish", "from/ctl", "x");
  let line = await tail.line();
  while (!line.includes("published to from/ctl")) line = await tail.line();
  tail.signal("SIGINT");
  assertEquals(await tail.ended(), { code: 0, stderr: "midge: following; Ctrl-C ends it\n" });
});

const WRONG: readonly [args: string[], line: string][] = [
  [["clients", "--limit", "x"], '--limit got "x", expected a number of rows'],
  [["kick", "c", "--limit", "1"], "--limit goes with "],
  [["log", "level", "midge"], "log level: LEVEL is missing"],
  [
    ["log", "level", "midge", "debgu"],
    'got "debgu", expected debug, info, warning or error; did you mean debug?',
  ],
  [["publish"], "publish: TOPIC is missing"],
  [
    ["publish", "t", "x", "--expires", "soon"],
    '--expires got "soon", expected a number of seconds',
  ],
  [["publish", "t", "x", "-q", "3"], '--qos got "3", expected 0, 1 or 2'],
  [["retained", "purge"], "retained purge: FILTER is missing"],
];

Deno.test("what is no command line is exit code 2 and one line", async () => {
  await using folder = new TempFolder();
  folder.write("c.yaml", "management: {bind: 127.0.0.1:1, token: 0123456789abcdef}\n");
  for (const [args, line] of WRONG) {
    const { code, stderr } = await runMidge(["ctl", "-c", "c.yaml", ...args], { cwd: folder.path });
    assertEquals([code, stderr.length], [2, 1], stderr.join("\n"));
    assertStringIncludes(stderr[0]!, `midge: ctl: ${line}`);
  }
});
