/** `midge homeassistant`, and the broker that it configures, beside a Supervisor of the test's. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { parse } from "@std/yaml";
import { readAddonOptions } from "../../lib/cli/addon/options.ts";
import { UserError } from "../../lib/user_error.ts";
import { certPath } from "../support/certs.ts";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";

const PLUGIN =
  new URL("../../packaging/homeassistant/rootfs/usr/share/midge/home_assistant.js", import.meta.url)
    .pathname;
const TOKEN = "the token of the Supervisor";

/** What the add-on was asked for, and what the Supervisor knows. */
class Supervisor implements AsyncDisposable {
  readonly asked: [method: string, path: string, body: unknown][] = [];
  /** What every question about a user is answered with, in place of what is true. */
  authStatus: number | undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async #answer(request: Request): Promise<Response> {
    const text = await request.text();
    const body = text === "" ? undefined : JSON.parse(text);
    const { pathname } = new URL(request.url);
    this.asked.push([request.method, pathname, body]);
    const isRight = request.headers.get("x-supervisor-token") === TOKEN &&
      request.headers.get("content-type") === "application/json" &&
      !request.headers.has("authorization");
    const isUser = pathname !== "/auth" || body.username === "paulus" && body.password === "home";
    const status = isRight ? (isUser ? 200 : 401) : 403;
    const said = pathname === "/auth" ? this.authStatus ?? status : status;
    return Response.json({ result: said === 200 ? "ok" : "error", data: {} }, { status: said });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** The folders of an add-on. */
class Addon implements AsyncDisposable {
  readonly #folder = new TempFolder();
  readonly supervisor = new Supervisor();
  readonly path = this.#folder.path;

  constructor() {
    this.#folder.write("token", `${TOKEN}\n`);
    Deno.mkdirSync(`${this.path}/ssl`);
  }

  /** `midge homeassistant` with these options. */
  make(options: unknown): Promise<Outcome> {
    const file = this.#folder.write("options.json", JSON.stringify(options));
    const places = ["--output", `${this.path}/midge`, "--ssl", `${this.path}/ssl`];
    const own = ["--token-file", `${this.path}/token`, "--plugin", PLUGIN];
    return runMidge(["homeassistant", "--options", file, ...places, ...own]);
  }

  read(name: string): string {
    return this.#folder.read(`midge/${name}`);
  }

  /** The configuration, as it was made. */
  config() {
    return parse(this.read("config.yaml")) as {
      listeners: Record<string, Record<string, unknown>>;
      plugins: Record<string, Record<string, unknown>>;
    };
  }

  /** The broker, at ports of the test's and with its Supervisor. */
  start(): Promise<MidgeProcess> {
    const config = this.config();
    const { plugins } = config;
    plugins[PLUGIN]!.supervisor = this.supervisor.url;
    plugins.dashboard!.bind = "127.0.0.1:0";
    const listeners = { default: { bind: "127.0.0.1:0" } };
    const file = this.#folder.write("test.yaml", JSON.stringify({ ...config, listeners }));
    return MidgeProcess.start(["-c", file]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.supervisor[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** The exit code of publishing as this user. */
async function publishAs(midge: MidgeProcess, user?: string, password?: string): Promise<number> {
  const to = ["-h", "127.0.0.1", "-p", String(midge.port), "-t", "a", "-m", "b", "-q", "1"];
  const login = user === undefined ? [] : ["-u", user, "-P", password ?? ""];
  return (await runMidge(["pub", ...to, ...login])).code;
}

Deno.test("the add-on: its users, those of Home Assistant, and what others are told", async () => {
  await using addon = new Addon();
  const made = await addon.make({ logins: [{ username: "kitchen", password: "oven" }] });
  assertEquals([made.code, made.stderr], [0, []]);
  assertMatch(made.stdout[0]!, /^TLS: off, for there are no fullchain\.pem and privkey\.pem in /);
  const system = JSON.parse(addon.read("system_users.json"));
  await using midge = await addon.start();
  await midge.line(/other add-ons can find this broker/);

  const { asked } = addon.supervisor;
  const host = (await Deno.readTextFile("/etc/hostname")).trim();
  const at = { host, port: 1883, ssl: false, protocol: "3.1.1" };
  assertEquals(asked.splice(0), [
    ["POST", "/discovery", {
      service: "mqtt",
      config: { ...at, username: "homeassistant", password: system.homeassistant.password },
    }],
    ["DELETE", "/services/mqtt", undefined],
    ["POST", "/services/mqtt", {
      ...at,
      username: "addons",
      password: system.addons.password,
    }],
  ]);

  assertEquals(await publishAs(midge, "kitchen", "oven"), 0);
  assertEquals(await publishAs(midge, "addons", system.addons.password), 0);
  assertEquals(await publishAs(midge, "homeassistant", "guessed"), 1);
  assertEquals(asked, [], "no one asks the Supervisor about users of the broker");
  assertEquals(await publishAs(midge, "paulus", "home"), 0);
  assertEquals(await publishAs(midge, "paulus", "guessed"), 1);
  assertEquals(await publishAs(midge), 1);
  assertEquals(asked.map(([, path]) => path), ["/auth", "/auth"]);

  addon.supervisor.authStatus = 403;
  assertEquals(await publishAs(midge, "paulus", "home"), 1);
  await midge.line(/users of Home Assistant cannot log in: the Supervisor answered 403/);
  const text = midge.log.join("\n");
  for (const secret of [TOKEN, system.addons.password, "oven"]) assert(!text.includes(secret));
});

Deno.test("passwords of the system stay, those of the options follow; files are root's alone", async () => {
  await using addon = new Addon();
  await addon.make({ logins: [{ username: "kitchen", password: "oven" }] });
  const [system, passwords] = [addon.read("system_users.json"), addon.read("passwords")];
  assertMatch(passwords, /\nkitchen:\$argon2id\$/);
  assertEquals((await addon.make({ home_assistant_users: false, anonymous: true })).code, 0);
  assertEquals(addon.read("system_users.json"), system);
  assert(!addon.read("passwords").includes("kitchen"));
  assertNotEquals(addon.read("passwords"), passwords);
  for (const name of ["system_users.json", "passwords", "config.yaml"]) {
    const { mode } = await Deno.stat(`${addon.path}/midge/${name}`);
    assertEquals([name, (mode ?? 0) & 0o777], [name, 0o600]);
  }
  const { plugins } = addon.config();
  assertEquals(plugins[PLUGIN]!.home_assistant_users, false);
  await using midge = await addon.start();
  assertEquals(await publishAs(midge), 0);
  await Deno.writeTextFile(`${addon.path}/midge/system_users.json`, "{}");
  const broken = await addon.make({});
  assertEquals(broken.code, 1);
  assertMatch(broken.stderr[0]!, /system_users\.json: has no password of homeassistant; remove/);
});

Deno.test("TLS is on when its files are there, with certificates of clients where they are asked for", async () => {
  await using addon = new Addon();
  await Deno.copyFile(certPath("server.pem"), `${addon.path}/ssl/fullchain.pem`);
  await addon.make({});
  assertEquals(Object.keys(addon.config().listeners), ["mqtt", "websocket"]);
  await Deno.copyFile(certPath("server.key"), `${addon.path}/ssl/privkey.pem`);
  await Deno.chmod(`${addon.path}/ssl/privkey.pem`, 0o600);
  const { stdout } = await addon.make({ require_certificate: true, cafile: "ca.pem" });
  assertMatch(stdout[0]!, /^TLS: on/);
  const { mqtt_tls, websocket_tls } = addon.config().listeners;
  assertEquals(mqtt_tls, {
    type: "tcp",
    bind: "0.0.0.0:8883",
    ssl: true,
    certfile: `${addon.path}/ssl/fullchain.pem`,
    keyfile: `${addon.path}/ssl/privkey.pem`,
    cafile: `${addon.path}/ssl/ca.pem`,
    verify_client: "required",
  });
  assertEquals(websocket_tls?.verify_client, "required");
  await Deno.copyFile(certPath("ca.pem"), `${addon.path}/ssl/ca.pem`);
  const check = await runMidge(["check", "-c", `${addon.path}/midge/config.yaml`]);
  assertEquals([check.code, check.stderr], [0, []]);
});

Deno.test("every mistake in the options is a line, and nothing is written", async () => {
  const options = {
    logins: [
      { username: "homeassistant", password: "x" },
      { username: "a:b", password: "x" },
      { username: "kitchen", password: "" },
      { username: "hall", password: "x" },
      { username: "hall", password: "y" },
      "lamp",
    ],
    anonymous: "yes",
    certfile: "../options.json",
    require_certificate: true,
    log_level: "loud",
  };
  const error = assertThrows(() => readAddonOptions(JSON.stringify(options), "o.json"), UserError);
  assertEquals(error.problems.toSorted(), [
    "o.json: anonymous: expected true or false",
    "o.json: certfile: expected the name of a file in the folder ssl",
    "o.json: log_level: expected debug, info, warning, error",
    "o.json: logins[0].username: homeassistant is Home Assistant's own",
    'o.json: logins[1].username: got "a:b", expected a name without colon, outer space or line end',
    "o.json: logins[2].password: expected a password",
    "o.json: logins[4].username: hall is there twice",
    "o.json: logins[5].username: got undefined; expected a text",
    "o.json: require_certificate needs cafile, the authority whose certificates come in",
  ]);
  for (const text of ["", "[]", "null", "{"]) {
    assertThrows(() => readAddonOptions(text, "o.json"), UserError, "expected a JSON object");
  }
  await using addon = new Addon();
  const { code, stderr } = await addon.make(options);
  assertEquals([code, stderr.length], [1, 9]);
  assertThrows(() => addon.read("config.yaml"), Deno.errors.NotFound);
});
