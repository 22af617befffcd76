/** Clients of a Unix socket: served as any other, without an address for rules, the log and the login gate. */
import { assertEquals, assertRejects } from "@std/assert";
import { Broker, UserError } from "../../mod.ts";
import { writeAll } from "../../lib/io.ts";
import { NO_HTTP_HERE } from "../../lib/net/listen/knock.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { TempFolder } from "../support/midge_process.ts";
import { within } from "../support/raw_client.ts";
import { bytes, connack, connect, publish, subscribe, toHex } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

/** A client of a socket file. */
class Local implements Disposable {
  readonly #connection: Deno.UnixConn;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  static async dial(path: string): Promise<Local> {
    return new Local(await Deno.connect({ transport: "unix", path }));
  }

  send(...parts: Uint8Array[]): Promise<void> {
    return writeAll(this.#connection, bytes(...parts));
  }

  async gets(wanted: Uint8Array): Promise<void> {
    const all: number[] = [];
    const buffer = new Uint8Array(1000);
    while (all.length < wanted.length) {
      const count = await within(this.#connection.read(buffer), toHex(wanted));
      if (count === null) break;
      all.push(...buffer.subarray(0, count));
    }
    assertEquals(toHex(Uint8Array.from(all)), toHex(wanted));
  }

  async ends(): Promise<void> {
    assertEquals(await within(this.#connection.read(new Uint8Array(1)), "the end"), null);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

const TCP = { bind: "127.0.0.1:0" };

const unix = (path: string, more = {}) => ({
  tcp: TCP,
  local: { type: "unix" as const, bind: path, ...more },
});

Deno.test("a client of a socket file speaks with one of a port; rules by address do not match it", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  const rules = [
    { permission: "allow", ip: "0.0.0.0/0", topics: "all", action: "all" },
    { permission: "allow", ip: "::/0", topics: "all", action: "all" },
    { permission: "allow", all: true, topics: ["t", "at/%a", "at//x"], action: "publish" },
    { permission: "deny", all: true, topics: "all", action: "all" },
  ];
  await using it = await ClockedBroker.start({
    listeners: unix(path),
    plugins: { acl_file: { rules } },
  });
  assertEquals(it.broker.listeners.map(({ type, address, port }) => [type, address, port])[1], [
    "unix",
    path,
    0,
  ]);
  using local = await Local.dial(path);
  await local.send(connect({ clientId: "c" }));
  await local.gets(connack(false, 0));
  const other = await it.open("other");
  await other.subscribed(["t", 0]);
  await local.send(publish("t", "hello"));
  await other.gets("hello/0");
  const view = it.broker.clients.find(({ clientId }) => clientId === "c");
  assertEquals([view?.address, view?.port, view?.transport], ["", 0, "unix"]);
  const verdicts = [];
  for (const topic of ["t", "at/", "at//x", "else"]) {
    verdicts.push((await it.broker.explain({ client: "c", action: "publish", topic })).verdict);
  }
  assertEquals(verdicts, ["allow", "deny", "allow", "deny"]);
  await local.send(subscribe(1, ["x", 0]));
  await local.gets(bytes(0x90, 3, 0, 1, 0x80));
});

Deno.test("the log names clients by their listener", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  await using it = await ClockedBroker.start(
    { listeners: unix(path), connect_timeout: "5s" },
  );
  using local = await Local.dial(path);
  await local.send(connect({ clientId: "c" }), bytes(0xf0, 0));
  await local.gets(connack(false, 0));
  await local.ends();
  await until(() => it.logged("c (a client of local) closed: ").length === 1, "the line");
  using silent = await Local.dial(path);
  using later = await Local.dial(path); // it is accepted after the silent one
  await later.send(connect({ clientId: "later" }));
  await later.gets(connack(false, 0));
  it.clock.advance(5251);
  await silent.ends();
  await until(
    () => it.logged("a client of local is closed: no CONNECT in time").length === 1,
    "it",
  );
});

Deno.test("strangers are told on a socket file too", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  await using it = await ClockedBroker.start({ listeners: unix(path) });
  {
    using web = await Local.dial(path);
    await web.send(bytes("GET / HTTP/1.1\r\n\r\n"));
    await web.gets(NO_HTTP_HERE);
  }
  using secure = await Local.dial(path);
  await secure.send(bytes(0x16, 3, 1, 2, 0));
  await secure.ends();
  await until(() => it.logged("a client of local closed: this is").length === 2, "the lines");
  assertEquals(it.logged("a socket file has no use for").length, 1);
});

Deno.test("who guesses on a socket file slows down those of this listener only", async () => {
  await using folder = new TempFolder();
  const listeners = {
    ...unix(`${folder.path}/one.sock`),
    other: { type: "unix" as const, bind: `${folder.path}/other.sock` },
  };
  await using it = await ClockedBroker.start({ listeners }, {
    authenticate: ({ password }) =>
      new TextDecoder().decode(password) === "right" ? "allow" : "deny",
  });
  using stack = new DisposableStack();
  const login = async (name: string, password: string) => {
    const local = stack.use(await Local.dial(`${folder.path}/${name}.sock`));
    await local.send(connect({ clientId: password, username: "bob", password }));
    return local;
  };
  const { timerCount } = it.clock;
  for (let i = 0; i < 5; i++) await (await login("one", `${i}`)).gets(connack(false, 4));
  await login("one", "wrong");
  await until(() => it.clock.timerCount === timerCount + 1, "the answer that waits");
  await (await login("other", "wrong")).gets(connack(false, 4));
  const honest = await login("one", "right");
  await until(() => it.clock.timerCount === timerCount + 2, "the honest user's wait");
  it.clock.advance(2000);
  await honest.gets(connack(false, 0));
});

Deno.test("the PROXY protocol on a socket file: all that may open it are proxies", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  await using it = await ClockedBroker.start({
    listeners: unix(path, { proxy_protocol: true }),
  });
  using local = await Local.dial(path);
  await local.send(bytes("PROXY TCP6 2001:db8::7 ::1 4711 1883\r\n"), connect({ clientId: "c" }));
  await local.gets(connack(false, 0));
  assertEquals(it.broker.clients[0]?.address, "2001:db8::7");
  using unknown = await Local.dial(path);
  await unknown.send(bytes("PROXY UNKNOWN\r\n"), connect({ clientId: "d" }));
  await unknown.gets(connack(false, 0));
  assertEquals(it.broker.clients[1]?.address, "");
  using wrong = await Local.dial(path);
  await wrong.send(connect({ clientId: "e" }));
  await wrong.ends();
  await until(
    () => it.logged("a client of local closed: handshake failed: no header").length === 1,
    "it",
  );
});

Deno.test("two brokers: the second does not start, the first serves on, and its stop removes the file", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  const options = { listeners: unix(path) };
  await using it = await ClockedBroker.start(options);
  const second = new Broker(testConfig(options));
  const error = await assertRejects(() => second.start(), UserError);
  assertEquals(error.problems, [
    `listeners.local.bind: cannot listen on ${path}: it is taken by another process`,
  ]);
  using local = await Local.dial(path);
  await local.send(connect({ clientId: "c" }));
  await local.gets(connack(false, 0));
  await it.broker.stop();
  assertEquals([...Deno.readDirSync(folder.path)], []);
});
