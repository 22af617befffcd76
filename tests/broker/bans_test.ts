/** Bans and flapping clients through a broker: refused before the password, disconnected at once, seen and lifted. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ResultOf, RowOf } from "../../lib/manage/commands.ts";
import { list, request } from "../../lib/manage/remote.ts";
import { UserError } from "../../lib/user_error.ts";
import { Broker, type BrokerOptions, type Hooks } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { MidgeProcess, TempFolder } from "../support/midge_process.ts";
import { connack, connect, type RawConnect } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

const HOUR = 3_600_000;
const REFUSED = connack(false, 5);

/** A broker with a management socket and a data folder of its own. */
class Stage implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly it: ClockedBroker;
  readonly target;

  private constructor(folder: TempFolder, it: ClockedBroker) {
    this.folder = folder;
    this.it = it;
    this.target = { kind: "unix", path: `${folder.path}/m.sock` } as const;
  }

  static async start(options: BrokerOptions = {}, ...hooks: Hooks[]): Promise<Stage> {
    const folder = new TempFolder();
    const management = { path: `${folder.path}/m.sock` };
    const own = { management, data_dir: `${folder.path}/data`, ...options };
    return new Stage(folder, await ClockedBroker.start(own, ...hooks));
  }

  /** What a CONNECT is answered with: undefined: it is let in. */
  async refusal(options: RawConnect): Promise<boolean> {
    const client = await this.it.dial();
    await client.send(connect(options));
    const { bytes } = await client.expectPacket("CONNACK");
    if (bytes[3] === 0) return false;
    assertEquals(bytes, REFUSED);
    await client.expectClosed();
    return true;
  }

  /** A client that is let in and gone again. */
  async flap(options: RawConnect): Promise<void> {
    const client = await this.it.dial();
    await client.send(connect(options));
    await client.expectPacket("CONNACK");
    const ended = () =>
      Object.values(this.it.broker.metrics.connectionsClosed).reduce((a, b) => a + b, 0);
    const before = ended();
    await client.close();
    await until(() => ended() > before, "its end");
  }

  async rows(): Promise<RowOf<"ban list">[]> {
    const rows: RowOf<"ban list">[] = [];
    await list(this.target, "ban list", {}, (part) => void rows.push(...part));
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("ctl ban add: refused with 5 before anyone is asked about the password; ban remove lifts it", async () => {
  const asked: string[] = [];
  await using stage = await Stage.start({}, {
    authenticate({ client }) {
      asked.push(client.clientId);
      return "allow";
    },
  });
  const { it, target } = stage;
  const added = await request(target, "ban add", {
    clientId: "c\u009b\n0",
    seconds: 3600,
    reason: "noise",
  });
  const ban: ResultOf<"ban add">["ban"] = {
    clientId: "c\u009b\n0",
    username: null,
    network: null,
    until: it.clock.epoch() + HOUR,
    reason: "noise",
    by: "admin",
    since: it.clock.epoch(),
  };
  assertEquals(added, { ban, disconnected: 0, notSaved: null });
  assertEquals(await stage.rows(), [ban]);
  assertEquals(await stage.refusal({ clientId: "c\u009b\n0" }), true);
  assertEquals(await stage.refusal({ clientId: "c" }), false);
  assertEquals(asked, ["c"]);
  assertEquals(it.broker.metrics.connectionsBanned, 1);
  assertEquals(it.broker.metrics.bansCount, 1);
  assertEquals(it.logged("refused with code 5: banned until").length, 1);
  const removed = await request(target, "ban remove", { clientId: "c\u009b\n0" });
  assertEquals(removed, { ban, disconnected: 0, notSaved: null });
  assertEquals(await stage.refusal({ clientId: "c\u009b\n0" }), false);
  assertEquals(it.logged("management: client id c").length, 1);
  assertEquals(it.logged("management: ban of client id c").length, 1);
});

Deno.test("a ban disconnects whom it hits, now, and touches no session", async () => {
  await using stage = await Stage.start();
  const { it, target } = stage;
  const kept = await it.keep("a", { username: "u" });
  await kept.subscribed(["t", 1]);
  const [other, third] = [await it.open("b", { username: "u" }), await it.open("c")];
  const { disconnected } = await request(target, "ban add", { username: "u" });
  assertEquals(disconnected, 2);
  await kept.raw.expectClosed();
  await other.raw.expectClosed();
  await third.ping();
  assertEquals(await stage.refusal({ clientId: "a", username: "u", cleanSession: false }), true);
  assertEquals(await stage.refusal({ clientId: "a", username: "u" }), true, "nor ends it");
  await request(target, "ban remove", { username: "u" });
  const client = await it.dial();
  await client.send(connect({ clientId: "a", username: "u", cleanSession: false }));
  await client.expect(connack(true, 0));
});

Deno.test("an address is closed before its CONNECT; the management socket stays open", async () => {
  await using stage = await Stage.start();
  const { it, target } = stage;
  const client = await it.open("c");
  const { ban, disconnected } = await request(target, "ban add", { network: "127.0.0.9/8" });
  assertEquals([ban.network, disconnected], ["127.0.0.0/8", 1]);
  await client.raw.expectClosed();
  await (await it.dial()).expectClosed();
  assertEquals(it.broker.metrics.connectionsRefused, { banned: 1 });
  await request(target, "ban remove", { network: "127.0.0.0/8" });
  await it.open("c");
});

Deno.test("a ban ends by itself", async () => {
  await using stage = await Stage.start();
  const { it } = stage;
  await it.broker.bans.add({ clientId: "c", until: it.clock.epoch() + HOUR });
  it.clock.advance(HOUR - 1);
  assertEquals(await stage.refusal({ clientId: "c" }), true);
  it.clock.advance(1);
  assertEquals(await stage.refusal({ clientId: "c" }), false);
  assertEquals([await stage.rows(), it.broker.bans.list], [[], []]);
  it.clock.advance(250);
  assertEquals(it.logged("ban of client id c has ended").length, 1);
});

Deno.test("what is no ban is refused in words", async () => {
  await using stage = await Stage.start();
  const { it: { broker, clock } } = stage;
  const refusals: [Parameters<typeof broker.bans.add>[0], string][] = [
    [{}, "expected one of them"],
    [{ network: "somewhere" }, "expected an address or network"],
    [{ clientId: "c", seconds: 0 }, "expected a time between now and the year 9999"],
    [{ clientId: "c", seconds: NaN }, "expected a time between now and the year 9999"],
    [{ clientId: "c", until: clock.epoch() }, "expected a time between now and the year 9999"],
    [{ clientId: "c", seconds: 1e18 }, "expected a time between now and the year 9999"],
    [{ clientId: "c", seconds: 1, until: clock.epoch() + 9 }, "expected only one of them"],
    [{ clientId: "c", reason: "x".repeat(257) }, "expected 1 to 256"],
    [{ clientId: "c", reason: "" }, "expected 1 to 256"],
  ];
  for (const [ban, words] of refusals) {
    await assertRejects(() => broker.bans.add(ban), UserError, words);
  }
  await assertRejects(
    () => broker.bans.remove({ clientId: "c" }),
    UserError,
    "there is no ban of client id c",
  );
  assertEquals(broker.bans.list, []);
});

Deno.test("a user that a source knows by another name is banned by that one", async () => {
  await using stage = await Stage.start({}, {
    authenticate: ({ client }) => ({ result: "allow", username: `real-${client.username}` }),
  });
  await stage.it.broker.bans.add({ username: "real-u" });
  assertEquals(await stage.refusal({ clientId: "c", username: "u" }), true);
  assertEquals(await stage.refusal({ clientId: "c", username: "v" }), false);
});

Deno.test("a login that is being decided is ended by a ban", async () => {
  const decided = Promise.withResolvers<"allow">();
  let asked = 0;
  await using stage = await Stage.start({}, {
    authenticate() {
      asked++;
      return decided.promise;
    },
  });
  const client = await stage.it.dial();
  await client.send(connect({ clientId: "c", cleanSession: false }));
  await until(() => asked === 1, "the question");
  assertEquals((await stage.it.broker.bans.add({ clientId: "c" })).disconnected, 1);
  decided.resolve("allow");
  await client.expectClosed();
  assertEquals(stage.it.broker.metrics.clientsDisconnected, 0, "no session");
});

const FLAPPING = { enable: true, max_count: 3, window_time: "1m", ban_time: "5m" };

Deno.test("a client that comes and goes is banned for a time, said in the log and in the list", async () => {
  await using stage = await Stage.start({ flapping_detect: FLAPPING });
  const { it } = stage;
  for (let i = 0; i < 3; i++) {
    await stage.flap({ clientId: "c" });
    it.clock.advance(1000);
  }
  assertEquals(it.broker.bans.list, []);
  await stage.flap({ clientId: "c" });
  const until = it.clock.epoch() + 300_000;
  assertEquals(await stage.rows(), [{
    clientId: "c",
    username: null,
    network: "127.0.0.1",
    until,
    reason: "came and went 4 times in 3 s",
    by: "flapping",
    since: it.clock.epoch(),
  }]);
  const end = new Date(until).toISOString();
  const said =
    `client id c, from 127.0.0.1 banned until ${end}, by flapping: came and went 4 times in 3 s`;
  assertEquals(it.logged(said).length, 1);
  assertEquals(await stage.refusal({ clientId: "c" }), true);
  assertEquals(await stage.refusal({ clientId: "d" }), false);
  it.clock.advance(300_000);
  assertEquals(await stage.refusal({ clientId: "c" }), false);
});

Deno.test("two that take one client id from each other are flapping", async () => {
  await using stage = await Stage.start({ flapping_detect: FLAPPING });
  const { it } = stage;
  for (let i = 0; i < 4; i++) await it.open("c");
  const last = await it.dial();
  await last.send(connect({ clientId: "c" }));
  await last.expectClosed();
  assertEquals(it.broker.clients, []);
  assertEquals(it.broker.bans.list.map(({ clientId, reason }) => [clientId, reason]), [
    ["c", "came and went 4 times in 0 s"],
  ]);
  assertEquals(await stage.refusal({ clientId: "c" }), true);
});

Deno.test("no one has another user's client id banned, and what the broker ends is no flapping", async () => {
  await using stage = await Stage.start({ flapping_detect: FLAPPING }, {
    authenticate: ({ client }) => client.username === "nobody" ? "deny" : "allow",
  });
  const { it } = stage;
  for (let i = 0; i < 4; i++) await stage.flap({ clientId: "c", username: "eve" });
  assertEquals(
    it.broker.bans.list.map(({ clientId, username, network }) => [clientId, username, network]),
    [
      ["c", "eve", undefined],
    ],
  );
  assertEquals(await stage.refusal({ clientId: "c", username: "alice" }), false);
  for (let i = 0; i < 5; i++) {
    const client = await it.dial();
    await client.send(connect({ clientId: "d", username: "nobody", password: "wrong" }));
    await client.expectPacket("CONNACK");
    await client.expectClosed();
  }
  for (let i = 0; i < 9; i++) {
    const client = await it.open("k", { username: "bob" });
    it.broker.kick("k");
    await client.raw.expectClosed();
  }
  assertEquals(it.broker.bans.list.length, 1);
});

Deno.test("without flapping_detect no one is banned", async () => {
  await using stage = await Stage.start();
  for (let i = 0; i < 20; i++) await stage.flap({ clientId: "c" });
  assertEquals(stage.it.broker.bans.list, []);
});

Deno.test("when there are too many bans by flapping the next is said, and not banned", async () => {
  await using stage = await Stage.start({ flapping_detect: { ...FLAPPING, max_count: 1 } });
  const { it } = stage;
  Deno.mkdirSync(`${stage.folder.path}/data`, { recursive: true });
  const rows = Array.from({ length: 1000 }, (_, i) => `- {clientid: f${i}, by: flapping}\n`);
  Deno.writeTextFileSync(`${stage.folder.path}/data/bans.yaml`, rows.join(""));
  it.clock.advance(2000);
  await until(() => it.broker.bans.list.length === 1000, "the file");
  for (let i = 0; i < 2; i++) await stage.flap({ clientId: "c" });
  assertEquals(
    it.logged("came and went 2 times in 0 s and is not banned: there are too many bans by flapping")
      .length,
    1,
  );
  assertEquals(it.broker.bans.list.length, 1000);
});

Deno.test("bans.yaml is followed by a running broker, and a broken one keeps it from starting", async () => {
  await using stage = await Stage.start();
  const { it, folder } = stage;
  const client = await it.open("c");
  const file = `${folder.path}/data/bans.yaml`;
  Deno.mkdirSync(`${folder.path}/data`, { recursive: true });
  Deno.writeTextFileSync(file, "- {clientid: c}\n");
  it.clock.advance(2000);
  await client.raw.expectClosed();
  assertEquals(await stage.refusal({ clientId: "c" }), true);
  Deno.writeTextFileSync(file, "- {clientid: [c]}\n");
  const config = testConfig({ data_dir: `${folder.path}/data` });
  const broker = new Broker(config, it.clock);
  const { problems } = await assertRejects(() => broker.start(), UserError);
  assertEquals(problems, [`${file}: [0].clientid: got ["c"], expected text`]);
  await assertRejects(() => Broker.check(config), UserError, file);
});

Deno.test("SIGHUP reads bans.yaml again and says what is wrong with it", async () => {
  await using folder = new TempFolder();
  folder.write(
    "c.yaml",
    "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins: {auth_anonymous: }\n",
  );
  await using midge = await MidgeProcess.start(["-c", "c.yaml"], { cwd: folder.path });
  Deno.mkdirSync(`${folder.path}/data`, { recursive: true });
  folder.write("data/bans.yaml", "- {user: }\n");
  midge.signal("SIGHUP");
  assert((await midge.line(/bans\.yaml/)).includes("[0]: a ban is for a client id"));
  await turn();
});
