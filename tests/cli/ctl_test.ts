/** `midge ctl` and the broker that it asks, as processes: every command, and every way that it cannot be done. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../lib/cli/ctl/commands.ts";
import type { ResultOf, RowOf } from "../../lib/manage/commands.ts";
import { VERSION } from "../../lib/version.ts";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { PINGREQ, puback, publish, suback, subscribe } from "../support/raw_packets.ts";
import { suback5, subscribe5 } from "../support/raw_packets5.ts";
import type { AccessReport } from "../../lib/manage/access_report.ts";

/** What the command line adds where no broker answers. */
const START =
  "midge start begins one; -c FILE, --data-dir DIR or --socket PATH say where another is";

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
plugins:
  auth_anonymous:
  acl_file: {file: acl.conf}
`;

/** The permissions of `deno task start`: it writes below data/ only. */
const START_PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write=data",
];

/** A broker in a folder of its own. */
class Stage implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly midge: MidgeProcess;

  private constructor(folder: TempFolder, midge: MidgeProcess) {
    this.folder = folder;
    this.midge = midge;
  }

  static async start(config = CONFIG): Promise<Stage> {
    const folder = new TempFolder();
    folder.write("c.yaml", config);
    folder.write("acl.conf", "{allow, all}.");
    const options = { cwd: folder.path, permissions: START_PERMISSIONS };
    return new Stage(folder, await MidgeProcess.start(["-c", "c.yaml"], options));
  }

  ctl(...args: string[]): Promise<Outcome> {
    return runMidge(["ctl", "-c", "c.yaml", ...args], { cwd: this.folder.path });
  }

  open(clientId: string): Promise<RawClient> {
    return RawClient.open({ hostname: "127.0.0.1", port: this.midge.port }, { clientId });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.midge[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** A command that did what it should. */
function done(...stdout: string[]): Outcome {
  return { code: 0, stdout, stderr: [] };
}

Deno.test("the socket is below data/, made with the permissions of the start task, and gone at the end", async () => {
  await using stage = await Stage.start();
  const path = `${stage.folder.path}/data/midge.sock`;
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  assertMatch(await stage.midge.line(/management: /), new RegExp(`management: ${path}$`));
  stage.midge.signal("SIGTERM");
  assertEquals(await stage.midge.exitCode(), 0);
  assertEquals([...Deno.readDirSync(`${stage.folder.path}/data`)], []);
  const { code, stderr } = await stage.ctl("status");
  assertEquals([code, stderr], [1, [
    `midge: ${path}: no broker runs here: no such file; ${START}`,
  ]]);
});

Deno.test("status and clients, as lines and as JSON", async () => {
  await using stage = await Stage.start();
  const { port } = stage.midge;
  await using client = await stage.open("c\u001b[2J1");
  const { code, stdout } = await stage.ctl("status");
  assertEquals(code, 0);
  assertMatch(stdout[0]!, new RegExp(`^midge ${VERSION}, process \\d+, up \\d+ s$`));
  assert(stdout.includes(`listener    default: tcp 127.0.0.1:${port}`), stdout.join("\n"));
  const json = await stage.ctl("status", "--json");
  const status: ResultOf<"status"> = JSON.parse(json.stdout[0]!);
  assertEquals([status.plugins, status.metrics.clientsConnected], [
    ["auth_anonymous", "acl_file"],
    1,
  ]);
  const clients = await stage.ctl("clients");
  assertEquals(clients.stdout.length, 2);
  assertMatch(
    clients.stdout[1]!,
    /^c\\x1b\[2J1 +- +127\.0\.0\.1:\d+ +default +3\.1\.1 +\d+ +0 +0$/,
  );
  const rows = (await stage.ctl("clients", "--json")).stdout.map((line) => JSON.parse(line));
  assertEquals(rows.map(({ clientId }) => clientId), ["c\u001b[2J1"]);
  await client.expectNothing();
});

Deno.test("JSON has no character that moves a cursor or reorders text, and reads back the same", async () => {
  await using stage = await Stage.start();
  const clientId = "a\u009b31m\u202eb\u2066";
  await using _client = await stage.open(clientId);
  const { stdout } = await stage.ctl("clients", "--json");
  assertEquals(JSON.parse(stdout[0]!).clientId, clientId);
  assertStringIncludes(stdout[0]!, '"a\\u009b31m\\u202eb\\u2066"');
});

Deno.test("kick", async () => {
  await using stage = await Stage.start();
  await using client = await stage.open("c");
  assertEquals(await stage.ctl("kick", "c"), done("c is disconnected"));
  await client.expectClosed();
  const { code, stdout, stderr } = await stage.ctl("kick", "c");
  assertEquals([code, stdout, stderr], [1, [], [
    'midge: no client "c" is connected; midge ctl clients lists those that are',
  ]]);
});

Deno.test("ban add, list and remove: of a client id of odd characters, until it is lifted", async () => {
  await using stage = await Stage.start();
  const clientId = "-c \u009b31m#1";
  await using client = await stage.open(clientId);
  const added = await stage.ctl(
    "ban",
    "add",
    "--clientid",
    clientId,
    "--for",
    "1h",
    "--reason",
    "loud",
  );
  assertMatch(added.stdout[0]!, /^client id -c \\x9b31m#1: banned until 20.*Z; disconnected: 1$/);
  assertEquals([added.code, added.stderr], [0, []]);
  await client.expectClosed();
  const file = `${stage.folder.path}/data/bans.yaml`;
  assertStringIncludes(Deno.readTextFileSync(file), '- {clientid: "-c \\u009b31m#1", until: ');
  const [, line] = (await stage.ctl("ban", "list")).stdout;
  assertMatch(line!, /^-c \\x9b31m#1 +- +- +20.*Z admin +loud$/);
  const [row] = (await stage.ctl("ban", "list", "--json")).stdout.map((one) => JSON.parse(one));
  assertEquals([row.clientId, row.by, row.reason], [clientId, "admin", "loud"]);
  const status = (await stage.ctl("status")).stdout;
  assert(
    status.includes(
      "limits      0 connections over the rate, 0 refused by a ban, 0 slowed down, 1 bans",
    ),
    status.join("\n"),
  );
  const removed = await stage.ctl("ban", "remove", "-i", clientId);
  assertEquals(removed, done("client id -c \\x9b31m#1: no longer banned"));
  await using _again = await stage.open(clientId);
  const { code, stderr } = await stage.ctl("ban", "remove", "-i", clientId);
  assertEquals([code, stderr.length], [1, 1]);
  Deno.removeSync(file);
});

Deno.test("a ban that cannot be saved holds, exit code 1", async () => {
  await using stage = await Stage.start();
  const file = `${stage.folder.path}/data/bans.yaml`;
  Deno.writeTextFileSync(file, "- {user: }\n");
  const { code, stdout, stderr } = await stage.ctl("ban", "add", "--user", "u");
  assertEquals([code, stdout], [1, ["user u: banned for ever; disconnected: 0"]]);
  assertEquals(stderr.length, 1);
  assertMatch(
    stderr[0]!,
    /^midge: not saved, so it holds until the broker stops: .*bans\.yaml: \[0\]: /,
  );
  assertEquals((await stage.ctl("ban", "list")).stdout.length, 2);
  Deno.removeSync(file);
});

Deno.test("sessions and sessions end: also of clients that are away", async () => {
  await using stage = await Stage.start();
  const away = await RawClient.open(
    { hostname: "127.0.0.1", port: stage.midge.port },
    { clientId: "away", cleanSession: false },
  );
  await away.send(subscribe(1, ["a", 1]));
  await away.expect(suback(1, 1));
  await away[Symbol.asyncDispose]();
  await using here = await stage.open("here");
  await here.send(publish("a", "x", { qos: 1, id: 1 }));
  await here.expect(puback(1));
  const listed = async () =>
    (await stage.ctl("sessions", "--json")).stdout.map((line): RowOf<"sessions"> =>
      JSON.parse(line)
    ).map(({ clientId, connected, cleanSession, subscriptions, queuedMessages }) => [
      clientId,
      connected,
      cleanSession,
      subscriptions,
      queuedMessages,
    ]);
  assertEquals(await listed(), [["away", false, false, 1, 1], ["here", true, true, 0, 0]]);
  const { stdout } = await stage.ctl("sessions");
  assertEquals(stdout.length, 3);
  assertMatch(stdout[1]!, /^away /);
  for (const clientId of ["away", "here"]) {
    const ended = done(`the session of ${clientId} has ended`);
    assertEquals(await stage.ctl("sessions", "end", clientId), ended);
  }
  await here.expectClosed();
  assertEquals(await listed(), []);
  const { code, stderr } = await stage.ctl("sessions", "end", "away");
  assertEquals([code, stderr], [1, [
    'midge: no client "away" is known; midge ctl sessions lists those that are',
  ]]);
});

Deno.test("subscriptions: of all clients, and of one", async () => {
  await using stage = await Stage.start();
  await using a = await stage.open("a");
  await using b = await stage.open("b");
  await a.send(subscribe(1, ["x/+", 1], ["$share/g/y", 2]));
  await a.expect(suback(1, 1, 2));
  await b.send(subscribe(1, ["z", 0]));
  await b.expect(suback(1, 0));
  const listed = async (...args: string[]) => {
    const { stdout } = await stage.ctl("subscriptions", ...args, "--json");
    return stdout.map((line): RowOf<"subscriptions"> => JSON.parse(line));
  };
  const ofA = [
    { clientId: "a", topicFilter: "x/+", qos: 1 as const },
    { clientId: "a", topicFilter: "$share/g/y", qos: 2 as const },
  ];
  assertEquals(await listed("a"), ofA);
  assertEquals(await listed(), [...ofA, { clientId: "b", topicFilter: "z", qos: 0 }]);
  assertEquals((await stage.ctl("subscriptions", "b")).stdout.length, 2);
  const { code, stderr } = await stage.ctl("subscriptions", "absent");
  assertEquals([code, stderr], [1, [
    'midge: no client "absent" is known; midge ctl sessions lists those that are',
  ]]);
});

Deno.test("subscriptions of MQTT 5: their options and identifiers, where they have some", async () => {
  await using stage = await Stage.start();
  const address = { hostname: "127.0.0.1", port: stage.midge.port };
  await using client = await RawClient.open5(address, { clientId: "c" });
  const all = { qos: 1, noLocal: true, retainAsPublished: true };
  await client.send(subscribe5(1, [["x", all]], { subscriptionIdentifiers: [300] }));
  await client.send(subscribe5(2, [["y", { retainAsPublished: true }], ["z", 0]]));
  await client.expect(suback5(1, [1]), suback5(2, [0, 0]));
  const json = (await stage.ctl("subscriptions", "--json")).stdout.map((one) => JSON.parse(one));
  assertEquals(json, [
    { clientId: "c", topicFilter: "x", ...all, identifier: 300 },
    { clientId: "c", topicFilter: "y", qos: 0, retainAsPublished: true },
    { clientId: "c", topicFilter: "z", qos: 0 },
  ]);
  const [heading, ...lines] = (await stage.ctl("subscriptions")).stdout;
  assertMatch(heading!, /^CLIENTID +QOS OPTIONS +FILTER$/);
  assertEquals(lines.map((line) => line.replaceAll(/ +/g, " ")), [
    "c 1 no-local,as-published,id=300 x",
    "c 0 as-published y",
    "c 0 - z",
  ]);
});

Deno.test("retained and retained delete: what a filter matches, and one topic", async () => {
  await using stage = await Stage.start();
  await using client = await stage.open("c");
  for (const [id, topic] of ["a/1", "a/2", "b"].entries()) {
    await client.send(publish(topic, "xyz", { qos: 1, id: id + 1, retain: true }));
    await client.expect(puback(id + 1));
  }
  const listed = async (...args: string[]) => {
    const { stdout } = await stage.ctl("retained", ...args, "--json");
    return stdout.map((line): RowOf<"retained"> => JSON.parse(line))
      .sort((one, other) => one.topicName < other.topicName ? -1 : 1);
  };
  const [one, two] = [1, 2].map((n) => ({ topicName: `a/${n}`, qos: 1 as const, bytes: 3 }));
  assertEquals(await listed("a/+"), [one!, two!]);
  assertEquals((await listed()).length, 3);
  const { stdout, ...rest } = await stage.ctl("retained", "delete", "a/1");
  const gone = done("nothing is retained at a/1 any more");
  assertEquals({ ...rest, stdout: stdout.slice(0, 1) }, gone);
  assertEquals(await listed("a/#"), [two!]);
  const again = await stage.ctl("retained", "delete", "a/1");
  assertEquals([again.code, again.stderr], [1, [
    'midge: nothing is retained at "a/1"; midge ctl retained lists what is',
  ]]);
  const { code, stderr } = await stage.ctl("retained", "a/#/b");
  assertEquals([code, stderr.length], [1, 1]);
  assertMatch(stderr[0]!, /^midge: .*a\/#\/b/);
});

Deno.test("acl reload: a right that is gone ends the subscription; a bad file keeps the rules, exit code 1", async () => {
  await using stage = await Stage.start();
  await using client = await stage.open("c");
  await client.send(subscribe(1, ["a", 0], ["b", 0]));
  await client.expect(suback(1, 0, 0));
  stage.folder.write("acl.conf", '{deny, all, subscribe, ["a"]}. {allow, all}.');
  assertEquals(await stage.ctl("acl", "reload"), done("reloaded"));
  await client.send(publish("a", "x"), publish("b", "y"));
  assertEquals((await client.expectPublish()).topic, "b");
  stage.folder.write("acl.conf", "{deny, all");
  for (const command of [["acl", "reload"], ["acl", "reload"], ["reload"]]) {
    const { code, stdout, stderr } = await stage.ctl(...command);
    assertEquals([code, stdout, stderr.length], [1, [], 1]);
    assertMatch(stderr[0]!, /^midge: not reloaded: acl_file: acl\.conf:1:\d+: /);
  }
  stage.folder.write("acl.conf", "{allow, all}.");
  assertEquals(await stage.ctl("acl", "reload"), done("reloaded"));
  await client.expectNothing();
});

Deno.test("reload: as SIGHUP; what needs a restart is said, a bad configuration changes nothing", async () => {
  await using stage = await Stage.start();
  stage.folder.write(
    "c.yaml",
    CONFIG.replace("auth_anonymous:", "auth_anonymous:\n  topic_taboo:"),
  );
  assertEquals((await stage.ctl("reload")).stdout.at(-1), "reloaded");
  const status: ResultOf<"status"> = JSON.parse((await stage.ctl("status", "--json")).stdout[0]!);
  assertEquals(status.plugins, ["auth_anonymous", "topic_taboo", "acl_file"]);
  const socket = `${stage.folder.path}/data/midge.sock`;
  const byPath = (...args: string[]) => runMidge(["ctl", "--socket", socket, ...args]);
  stage.folder.write("c.yaml", `${CONFIG}management: null\n`);
  const changed = await byPath("reload");
  assertEquals(changed.code, 0);
  assert(changed.stdout.includes("management changed: this takes effect at the next start"));
  stage.folder.write("c.yaml", `${CONFIG}acl_nomatch: maybe\n`);
  assertEquals(await byPath("reload"), {
    code: 1,
    stdout: [],
    stderr: [
      'midge: not reloaded: c.yaml: acl_nomatch: got "maybe", expected allow or deny',
    ],
  });
});

Deno.test("acl explain and acl cache-clean: what the client's cache remembers, and no more", async () => {
  await using stage = await Stage.start();
  await using client = await stage.open("c");
  await client.send(publish("t", "x", { qos: 1, id: 1 }));
  await client.expect(puback(1));
  const explained = async (): Promise<AccessReport> => {
    const args = ["acl", "explain", "c", "publish", "t", "-q", "1", "--json"];
    return JSON.parse((await stage.ctl(...args)).stdout[0]!);
  };
  const report = await explained();
  assertEquals([report.verdict, report.cache.remembered?.verdict], ["allow", "allow"]);
  assertMatch(report.because, /^acl_file: acl\.conf:1: /);
  assertEquals(
    await stage.ctl("acl", "cache-clean", "c"),
    done("verdicts forgotten for connected clients: 1; subscriptions ended: 0"),
  );
  assertEquals((await explained()).cache.remembered, null);
  assertEquals(
    (await stage.ctl("acl", "cache-clean")).stdout,
    ["verdicts forgotten for connected clients: 1; subscriptions ended: 0"],
  );
  await client.send(PINGREQ);
  await client.expectPacket("PINGRESP");
});

Deno.test("a port and a token: the token is found in a file, or in the configuration", async () => {
  await using stage = await Stage.start(`${CONFIG}management: {bind: 0}\n`);
  const path = `${stage.folder.path}/data/management.json`;
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  assertEquals(await stage.ctl("clients", "--json"), done());
  const { port } = JSON.parse(Deno.readTextFileSync(path));
  stage.folder.write("c.yaml", `${CONFIG}management: {bind: ${port}, token: 0123456789abcdefg}\n`);
  const wrong = await stage.ctl("status");
  assertEquals([wrong.code, wrong.stderr], [1, ["midge: the token is missing or wrong"]]);
});

Deno.test("a second broker on the same socket does not start", async () => {
  await using stage = await Stage.start();
  const { code, stderr } = await runMidge(["-c", "c.yaml"], { cwd: stage.folder.path });
  assertEquals([code, stderr], [1, [
    `midge: a Midge runs here already, with the data folder ${stage.folder.path}/data; ` +
    "stop that one first, or start this one with ports of its own and --data-dir DIR",
  ]]);
  assertEquals((await stage.ctl("status")).code, 0);
});

Deno.test("the socket of a killed broker is taken over", async () => {
  await using stage = await Stage.start();
  stage.midge.signal("SIGKILL");
  await stage.midge.exitCode();
  assert(Deno.statSync(`${stage.folder.path}/data/midge.sock`).isSocket);
  const dead = await stage.ctl("status");
  assertEquals([dead.code, dead.stderr.length], [1, 1]);
  assertMatch(dead.stderr[0]!, /: no broker runs here; midge start begins one/);
  await using _next = await MidgeProcess.start(["-c", "c.yaml"], { cwd: stage.folder.path });
  assertEquals((await stage.ctl("status")).code, 0);
});

Deno.test("without the permission to write, the broker starts without management and says so", async () => {
  await using folder = new TempFolder();
  folder.write("c.yaml", CONFIG.replace("  acl_file: {file: acl.conf}\n", ""));
  await using midge = await MidgeProcess.start(["-c", "c.yaml"], {
    cwd: folder.path,
    permissions: ["--allow-net", "--allow-read"],
  });
  assertMatch(
    await midge.line(/no management/),
    /warning midge\.broker: no management: .*\/data\/midge\.sock cannot be made: Requires write access/,
  );
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  await client.expectNothing();
  const { code, stderr } = await runMidge(["ctl", "-c", "c.yaml", "status"], { cwd: folder.path });
  assertEquals([code, stderr.length], [1, 1]);
});

Deno.test("management that is off, and a folder without a broker", async () => {
  await using folder = new TempFolder();
  folder.write("off.yaml", "management: null");
  const off = await runMidge(["ctl", "-c", "off.yaml", "status"], { cwd: folder.path });
  assertEquals([off.code, off.stderr], [1, [
    "midge: management is off in this configuration; take `management: null` out of it, and start the broker anew",
  ]]);
  const none = await runMidge(["ctl", "status"], { cwd: folder.path });
  assertEquals([none.code, none.stderr], [1, [
    `midge: ${folder.path}/data/midge.sock: no broker runs here: no such file; ${START}`,
  ]]);
});

/** In the order of the help. */
const KNOWN = Object.keys(COMMANDS).join(", ");

const MISUSED: [args: string[], line: string][] = [
  [[], "COMMAND... is missing"],
  [
    ["statsu"],
    `unknown command "statsu"; did you mean status? Known commands: ${KNOWN}`,
  ],
  [["ban"], "ban: a command is missing; expected ban list, ban add, ban remove"],
  [["token"], "token: a command is missing; expected token list, token new, token remove"],
  [["kick"], "kick: CLIENTID is missing"],
  [["kick", "a", "b"], 'unexpected argument "b"'],
  [["status", "-q", "1"], "--qos and --retain go with acl explain and publish"],
  [["ban", "add"], "whom is missing: --clientid ID, --user NAME or --address ADDRESS"],
  [
    ["ban", "ad", "-i", "c"],
    `unknown command "ban ad"; did you mean ban add? Known commands: ${KNOWN}`,
  ],
  [
    ["ban", "add", "-i", "c", "--for", "x"],
    '--for got "x", expected a duration such as 30m, 1h, 7d',
  ],
  [["ban", "remove", "-i", "c", "--for", "1h"], "--for goes with ban add and token new"],
  [["ban", "list", "-i", "c"], "--clientid goes with ban add and ban remove"],
  [["kick", "c", "--reason", "x"], "--reason goes with ban add"],
  [["acl", "explain", "c", "publish"], "acl explain: TOPIC is missing"],
  [["acl", "explain", "c", "fly", "t"], 'got "fly", expected publish, subscribe or receive'],
  [
    ["status", "-c", "a", "--socket", "b"],
    "--config and --socket are both given; expected only one of them",
  ],
];

for (const [args, line] of MISUSED) {
  Deno.test(`exit code 2 and one line: midge ctl ${args.join(" ")}`, async () => {
    await using folder = new TempFolder();
    const outcome = await runMidge(["ctl", ...args], { cwd: folder.path });
    assertEquals(outcome, {
      code: 2,
      stdout: [],
      stderr: [`midge: ctl: ${line}; see midge ctl --help`],
    });
  });
}
