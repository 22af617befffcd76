/** What `midge ctl` can have a broker do, over its socket; and where there is no socket. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker, type BrokerOptions } from "../../mod.ts";
import type { ResultOf, RowOf } from "../../lib/manage/commands.ts";
import { ask, type ManagementAddress } from "../../lib/manage/client.ts";
import { VERSION } from "../../lib/version.ts";
import { captureLog, ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { TempFolder } from "../support/midge_process.ts";
import { connect, publish } from "../support/raw_packets.ts";
import { UserError } from "../../lib/user_error.ts";
import type { AccessReport } from "../../lib/manage/access_report.ts";

/** A broker with a socket in a folder of its own. */
class ManagedBroker implements AsyncDisposable {
  readonly #folder: TempFolder;
  readonly it: ClockedBroker;
  readonly target: ManagementAddress;

  private constructor(folder: TempFolder, it: ClockedBroker, path: string) {
    this.#folder = folder;
    this.it = it;
    this.target = { kind: "unix", path };
  }

  static async start(options: BrokerOptions = {}): Promise<ManagedBroker> {
    const folder = new TempFolder();
    const path = `${folder.path}/m.sock`;
    const it = await ClockedBroker.start({ ...options, management: { path } });
    return new ManagedBroker(folder, it, path);
  }

  ask(command: string, args: unknown = {}, onPart?: (part: unknown) => void): Promise<unknown> {
    return ask(this.target, command, args, onPart);
  }

  /** What the broker says when it refuses. */
  async refusal(command: string, args: unknown = {}): Promise<string> {
    return (await assertRejects(() => this.ask(command, args), UserError)).message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
    assertEquals([...Deno.readDirSync(this.#folder.path)], [], "the socket file is gone");
    await this.#folder[Symbol.asyncDispose]();
  }
}

Deno.test("status: version, uptime, listeners, plugins, clients, messages, sources and their health", async () => {
  const health = { state: "up", since: 5, lastError: "refused", answered: 2, failed: 1 } as const;
  const source = inlinePlugin({ authorize: () => undefined, health: () => health });
  const silent = inlinePlugin({
    health() {
      throw new Error("cannot say");
    },
  });
  await using managed = await ManagedBroker.start({
    plugins: { [source]: null, [silent]: null },
  });
  const { it } = managed;
  await (await it.open("c")).publish("t", "x", { qos: 1 });
  it.clock.advance(61_000);
  const status = await managed.ask("status") as ResultOf<"status">;
  assertEquals(status.version, VERSION);
  assertEquals(status.pid, Deno.pid);
  assertEquals([status.config, status.uptimeSeconds], [null, 61]);
  assertEquals(status.listeners, [...it.broker.listeners]);
  assertEquals(status.plugins, ["auth_anonymous", source, silent]);
  const { metrics } = status;
  assertEquals([metrics.clientsConnected, metrics.publishReceived], [1, 1]);
  assertEquals(metrics.access?.sources.map(({ source, question }) => [source, question]), [
    ["auth_anonymous", "authenticate"],
    [source, "authorize"],
  ]);
  assertEquals(metrics.access?.health, [{ source, health }]);
  assertEquals(it.logged("hook health failed: cannot say").length, 1);
});

Deno.test("clients: each one once, in parts, with what is known of it", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  assertEquals(await listed(managed), []);
  const first = await it.open("c\n0", { username: "alice", keepAlive: 30 });
  await first.subscribed(["a", 0], ["b", 1]);
  it.clock.advance(2500);
  const others = Array.from({ length: 149 }, (_, index) => `other ${index}`);
  for (const clientId of others) await it.open(clientId);
  const parts: number[] = [];
  const rows = await listed(managed, (part) => parts.push(part.length));
  assertEquals(parts, [100, 50]);
  assertEquals(rows.map(({ clientId }) => clientId), ["c\n0", ...others]);
  const { port, ...row } = rows[0]!;
  assert(port > 0);
  assertEquals(row, {
    clientId: "c\n0",
    username: "alice",
    address: "127.0.0.1",
    listener: "default",
    transport: "tcp",
    protocolLevel: 4,
    cleanSession: true,
    keepAlive: 30,
    superuser: false,
    seconds: 2.5,
    subscriptions: 2,
    queuedMessages: 0,
    bytesReceived: 39,
    bytesSent: 10,
    backlog: 0,
    connected: true,
    waits: [],
  });
  assertEquals(rows[1]!.username, null);
});

Deno.test("clients: whose rights are being checked waits for that", async () => {
  const answer = Promise.withResolvers<"allow">();
  let isResumed = false;
  const slow = inlinePlugin({ authorize: () => isResumed ? answer.promise : "allow" });
  await using managed = await ManagedBroker.start({ plugins: { [slow]: null } });
  const first = await managed.it.keep("c");
  await first.subscribed(["t", 1]);
  await first.disconnect();
  isResumed = true;
  const back = await managed.it.keep("c");
  const waits = async () => (await listed(managed)).map((row) => row.waits);
  assertEquals(await waits(), [["its rights are being checked"]]);
  answer.resolve("allow");
  await back.ping();
  assertEquals(await waits(), [[]]);
});

Deno.test("clients: who waits, and why", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<undefined>();
  const slow = inlinePlugin({
    authenticate: ({ client }) => client.clientId === "new" ? ask() : undefined,
    authorize: ({ action, topic }) => action === "publish" && topic === "slow" ? ask() : undefined,
  });
  let questions = 0;
  const ask = () => {
    if (++questions === 2) asked.resolve();
    return answer.promise;
  };
  await using managed = await ManagedBroker.start({ max_inflight: 1, plugins: { [slow]: null } });
  const { it } = managed;
  const lazy = await it.open("lazy");
  await lazy.subscribed(["t", 1]);
  const busy = await it.open("busy");
  for (const text of ["1", "2", "3"]) await busy.publish("t", text, { qos: 1 });
  await busy.raw.send(publish("slow", "x"));
  await (await it.dial()).send(connect({ clientId: "new" }));
  await asked.promise;
  const waits = (await listed(managed)).map(({ clientId, connected, waits }) =>
    [clientId, connected, waits] as const
  );
  assertEquals(waits, [
    ["lazy", true, ["2 messages queued: it has 1 to acknowledge"]],
    ["busy", true, ["a source is asked about it, or a receiver is slow"]],
    ["new", false, ["its login is being decided"]],
  ]);
  answer.resolve(undefined);
  await busy.publish("t", "4", { qos: 1 });
  assertEquals((await listed(managed)).at(-1)!.waits, []);
});

async function listed(
  managed: ManagedBroker,
  onPart: (part: RowOf<"clients">[]) => void = () => {},
): Promise<RowOf<"clients">[]> {
  const rows: RowOf<"clients">[] = [];
  await managed.ask("clients", {}, (part) => {
    onPart(part as RowOf<"clients">[]);
    rows.push(...part as RowOf<"clients">[]);
  });
  return rows;
}

Deno.test("kick: the connection is closed; who is not connected cannot be kicked", async () => {
  await using managed = await ManagedBroker.start();
  const client = await managed.it.open("c");
  assertEquals(await managed.ask("kick", { clientId: "c" }), { clientId: "c" });
  await client.raw.expectClosed();
  assertEquals(await managed.refusal("kick", { clientId: "c" }), 'no client "c" is connected');
  assertEquals(managed.it.logged("management: c kicked").length, 1);
});

Deno.test("sessions and subscriptions: with and without a connection; a session can be ended", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  const away = await it.keep("away", { username: "alice" });
  await away.subscribed(["a", 1], ["$share/g/b", 2]);
  await away.disconnect();
  const here = await it.open("here");
  await here.subscribed(["c/#", 0]);
  await here.publish("a", "x", { qos: 1 });
  it.clock.advance(3000);
  const row = {
    username: null,
    protocolLevel: 4,
    willSeconds: null,
    inflightOut: 0,
    inflightIn: 0,
  };
  assertEquals(await rowsOf(managed, "sessions"), [
    {
      ...row,
      clientId: "away",
      username: "alice",
      connected: false,
      cleanSession: false,
      secondsAway: 3,
      expirySeconds: 7 * 86_400,
      subscriptions: 2,
      queuedMessages: 1,
    },
    {
      ...row,
      clientId: "here",
      connected: true,
      cleanSession: true,
      secondsAway: null,
      expirySeconds: 0,
      subscriptions: 1,
      queuedMessages: 0,
    },
  ]);
  const ofAway = [
    { clientId: "away", topicFilter: "a", qos: 1 },
    { clientId: "away", topicFilter: "$share/g/b", qos: 2 },
  ];
  const ofHere = { clientId: "here", topicFilter: "c/#", qos: 0 };
  assertEquals(await rowsOf(managed, "subscriptions"), [...ofAway, ofHere]);
  assertEquals(await rowsOf(managed, "subscriptions", { clientId: "away" }), ofAway);
  assertEquals(await managed.ask("sessions end", { clientId: "away" }), { clientId: "away" });
  assertEquals(await managed.ask("sessions end", { clientId: "here" }), { clientId: "here" });
  await here.raw.expectClosed();
  assertEquals(await rowsOf(managed, "sessions"), []);
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
  assertEquals(it.logged("management: session of away ended").length, 1);
  for (const command of ["subscriptions", "sessions end"]) {
    const refusal = await managed.refusal(command, { clientId: "away" });
    assertEquals(refusal, 'no client "away" is known');
  }
});

Deno.test("retained: by filter, and deleted without a word to subscribers", async () => {
  const seen: string[] = [];
  const observer = inlinePlugin({
    messageRetained({ client, message: { topicName, payload } }) {
      if (client === undefined) seen.push(`${topicName} ${payload.length}`);
    },
  });
  await using managed = await ManagedBroker.start({ plugins: { [observer]: null } });
  const client = await managed.it.open("c");
  await client.publish("a/b", "xy", { qos: 1, retain: true });
  await client.publish("c", "", { retain: true });
  await client.publish("c", "z", { retain: true });
  const ab = { topicName: "a/b", qos: 1, bytes: 2 };
  const c = { topicName: "c", qos: 0, bytes: 1 };
  const all = await rowsOf(managed, "retained") as { topicName: string }[];
  assertEquals(all.toSorted((x, y) => x.topicName < y.topicName ? -1 : 1), [ab, c]);
  assertEquals(await rowsOf(managed, "retained", { topicFilter: "a/#" }), [ab]);
  await client.subscribed(["#", 0]);
  await client.drain();
  const deleted = await managed.ask("retained delete", { topicName: "c" }) as ResultOf<
    "retained delete"
  >;
  assertEquals(deleted.topicName, "c");
  await client.nothing();
  assertEquals([await rowsOf(managed, "retained"), seen], [[ab], ["c 0"]]);
  const refusal = await managed.refusal("retained delete", { topicName: "c" });
  assertEquals(refusal, 'nothing is retained at "c"');
});

async function rowsOf(managed: ManagedBroker, command: string, args: unknown = {}) {
  const rows: unknown[] = [];
  await managed.ask(command, args, (part) => rows.push(...part as unknown[]));
  return rows;
}

Deno.test("acl cache-clean: verdicts are asked for again, and denied subscriptions end", async () => {
  const denied = new Set<string>();
  let asked = 0;
  const source = inlinePlugin({
    authorize({ client }) {
      asked++;
      return denied.has(client.clientId) ? "deny" : "allow";
    },
  });
  await using managed = await ManagedBroker.start({ plugins: { [source]: null } });
  const { it } = managed;
  const [one, two] = [await it.open("one"), await it.open("two")];
  for (const client of [one, two]) {
    await client.subscribed(["a", 0], ["b", 0]);
    await client.publish("t", "x", { qos: 1 });
  }
  const repeat = async () => {
    asked = 0;
    for (const client of [one, two]) await client.publish("t", "x", { qos: 1 });
    return asked;
  };
  assertEquals(await repeat(), 0, "remembered");
  for (const clientId of ["one", "two"]) denied.add(clientId);
  assertEquals(await managed.ask("acl cache-clean", { clientId: "one" }), {
    clients: 1,
    endedSubscriptions: 2,
  });
  assertEquals(it.broker.metrics.subscriptionsCount, 2);
  assertEquals(await repeat(), 1, "only the one whose verdicts were forgotten");
  assertEquals(await managed.ask("acl cache-clean"), { clients: 2, endedSubscriptions: 2 });
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
  assertEquals(await repeat(), 2);
  await it.broker.publish({ topicName: "a", payload: "x" });
  await one.nothing(); // still connected
  assertEquals(
    await managed.refusal("acl cache-clean", { clientId: "three" }),
    'no client "three" is known',
  );
});

Deno.test("acl cache-clean: ended subscriptions are counted where there are receive rules too", async () => {
  let verdict: "allow" | "deny" = "allow";
  const source = inlinePlugin({ authorize: () => verdict, authorizeReceive: () => "allow" });
  await using managed = await ManagedBroker.start({ plugins: { [source]: null } });
  await (await managed.it.open("one")).subscribed(["a", 0], ["b", 0]);
  verdict = "deny";
  assertEquals(await managed.ask("acl cache-clean"), { clients: 1, endedSubscriptions: 2 });
});

Deno.test("acl cache-clean: what sources themselves remember is void", async () => {
  const seen: (number | undefined)[] = [];
  const source = inlinePlugin((context) => ({
    authorize() {
      seen.push(context.answersGeneration);
      return "allow";
    },
  }));
  await using managed = await ManagedBroker.start({ plugins: { [source]: null } });
  const client = await managed.it.open("c");
  await client.publish("t", "x", { qos: 1 });
  await managed.ask("acl cache-clean", { clientId: "c" });
  await client.publish("t", "x", { qos: 1 });
  await managed.ask("acl cache-clean");
  await client.publish("t", "x", { qos: 1 });
  const [first, second, third] = seen as number[];
  assert(first! < second! && second! < third!, seen.join());
});

Deno.test("acl reload: plugins read again, rights that are gone end, problems are told", async () => {
  let verdict: "allow" | "deny" = "allow";
  let next: "allow" | "deny" = "deny";
  const source = inlinePlugin({
    authorize: () => verdict,
    brokerReloading() {
      verdict = next;
    },
  });
  const broken = inlinePlugin({ brokerReloading: () => ["acl.conf:3: not a rule"] });
  const throws = inlinePlugin({
    brokerReloading() {
      throw new Error("disk gone");
    },
  });
  await using managed = await ManagedBroker.start({ plugins: { [source]: null } });
  const client = await managed.it.open("c");
  await client.subscribed(["a", 0]);
  assertEquals(await managed.ask("acl reload"), { changes: [], problems: [] });
  assertEquals(managed.it.broker.metrics.subscriptionsCount, 0);
  next = "allow";
  await managed.it.broker.reload(
    testConfig({ plugins: { auth_anonymous: null, [broken]: null, [throws]: null } }),
  );
  assertEquals(await managed.ask("acl reload"), {
    changes: [],
    problems: [`${broken}: acl.conf:3: not a rule`, `${throws}: disk gone`],
  });
});

Deno.test("reload: done by whoever can read the configuration again", async () => {
  await using managed = await ManagedBroker.start();
  assertEquals(
    await managed.refusal("reload"),
    "this broker was not started from a file; there is nothing to read again",
  );
  managed.it.broker.onReloadRequest = () => Promise.resolve({ changes: ["a"], problems: ["b"] });
  assertEquals(await managed.ask("reload"), { changes: ["a"], problems: ["b"] });
});

Deno.test("acl explain: a connected client, as the broker explains it", async () => {
  const source = inlinePlugin({ authorize: () => ({ result: "deny", because: "line 7" }) });
  await using managed = await ManagedBroker.start({ plugins: { [source]: null } });
  const { raw } = await managed.it.open("c");
  await raw.send(publish("a", "x", { qos: 1, id: 1, retain: true }));
  await raw.expectPacket("PUBACK");
  const args = { clientId: "c", action: "publish", topic: "a", qos: 1, retain: true };
  const report = await managed.ask("acl explain", args) as AccessReport;
  assertEquals([report.verdict, report.because, report.client.connected], [
    "deny",
    `${source}: line 7`,
    true,
  ]);
  assertEquals(report.cache.remembered?.verdict, "deny");
  assertEquals(
    await managed.refusal("acl explain", { ...args, clientId: "d" }),
    'no client "d" is known',
  );
  const refusal = await managed.refusal("acl explain", { ...args, topic: "a/#" });
  assertEquals(refusal.startsWith('"a/#": '), true, refusal);
});

const REFUSED: [command: string, args: unknown, message: RegExp][] = [
  [
    "toString",
    {},
    /^unknown command "toString"; known commands: ping, status, history, listeners, plugins, /,
  ],
  ["status", { x: 1 }, /^args\.x: /],
  ["status", "x", /^args: /],
  ["kick", {}, /^args\.clientId: /],
  ["kick", { clientId: 5 }, /^args\.clientId: /],
  ["acl explain", { clientId: "c", action: "fly", topic: "t" }, /^args\.action: /],
  ["acl explain", { clientId: "c", action: "publish", topic: "t", qos: 3 }, /^args\.qos: /],
];

Deno.test("commands and arguments that are none are refused", async () => {
  await using managed = await ManagedBroker.start();
  for (const [command, args, message] of REFUSED) {
    const refusal = await managed.refusal(command, args);
    assert(message.test(refusal), `${command}: ${refusal}`);
  }
});

Deno.test("an embedded broker has no endpoint unless asked", async () => {
  await using folder = new TempFolder();
  const before = Deno.cwd();
  Deno.chdir(folder.path);
  try {
    await using it = await ClockedBroker.start();
    assertEquals(it.broker.management, undefined);
    assertEquals([...Deno.readDirSync(folder.path)], []);
  } finally {
    Deno.chdir(before);
  }
});

Deno.test("where the socket cannot be made the broker starts without it, and says so in one line", async () => {
  await using folder = new TempFolder();
  folder.write("file", "");
  const path = `${folder.path}/file/m.sock`;
  await using it = await ClockedBroker.start({ management: { path } });
  assertEquals(it.broker.management, undefined);
  const lines = it.logged("no management");
  assertEquals(lines.length, 1);
  assert(lines[0]!.includes(`${path} cannot be made: `), lines[0]);
  await (await it.open("c")).ping();
});

Deno.test("the socket of a living broker refuses the start, and nothing is left open", async () => {
  await using managed = await ManagedBroker.start();
  const path = (managed.target as { path: string }).path;
  const disposed: string[] = [];
  const plugin = inlinePlugin({ dispose: () => void disposed.push("disposed") });
  const options = { management: { path }, plugins: { [plugin]: null } };
  captureLog();
  const broker = new Broker(testConfig(options));
  const error = await assertRejects(() => broker.start(), UserError);
  assertEquals(error.problems, [
    `management.path: ${path} belongs to a running broker; give each broker a path of its own`,
  ]);
  assertEquals([disposed, broker.listeners], [["disposed"], []]);
  assertEquals(typeof await managed.ask("ping"), "object");
});

Deno.test("a start that fails leaves no socket file", async () => {
  await using folder = new TempFolder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const options = {
    management: { path: `${folder.path}/m.sock` },
    listeners: { default: { bind: `127.0.0.1:${port}` } },
  };
  captureLog();
  const broker = new Broker(testConfig(options));
  await assertRejects(() => broker.start(), UserError, "taken by another process");
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("a change of management waits for the next start", async () => {
  await using managed = await ManagedBroker.start();
  const { changes } = await managed.it.broker.reload(
    testConfig({ plugins: { auth_anonymous: null } }),
  );
  assertEquals(changes, ["management changed: this takes effect at the next start"]);
  assertEquals(typeof await managed.ask("ping"), "object");
});
