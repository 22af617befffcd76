/** The dashboard as a plugin of a broker: its address, a reload, the first token, MQTT through it. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Broker } from "../../../mod.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { normalizeConfig } from "../../../lib/config/normalize.ts";
import { parseConfig } from "../../../lib/config/yaml.ts";
import { checkOptions } from "../../../lib/plugin/options.ts";
import type { Plugin } from "../../../lib/plugin/plugin.ts";
import dashboard from "../../../plugins/dashboard.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import { UserError } from "../../../plugin.ts";

const LOCAL = { default: { bind: "127.0.0.1:0" } };

/** A port that is taken while the test has it. */
function takenPort(): Deno.Listener & { readonly addr: Deno.NetAddr } {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

/** Plugins with a dashboard on a free port; what it says to the terminal. */
async function started(
  plugins: Record<string, unknown>,
): Promise<{ broker: Broker; said: string[]; folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const said: string[] = [];
  const broker = new Broker({ listeners: LOCAL, data_dir: folder, plugins });
  broker.tell = (line) => said.push(line);
  await broker.start();
  const dispose = async () => {
    await broker.stop();
    await Deno.remove(folder, { recursive: true });
  };
  return { broker, said, folder, [Symbol.asyncDispose]: dispose };
}

Deno.test("config.yaml and a start without a file have it, any other configuration has not", async () => {
  const file = new URL("../../../config.yaml", import.meta.url);
  const text = await Deno.readTextFile(file);
  const namesOf = (raw: unknown) =>
    normalizeConfig(raw, { directory: "/d" }).plugins.map(({ name }) => name);
  const four = ["event_logger", "packet_logger", "auth_anonymous", "broker_sys"];
  assertEquals(namesOf(parseConfig(text, "config.yaml")), [...four, "dashboard"]);
  assertEquals((await loadConfig(undefined)).plugins.map(({ name }) => name), [
    ...four,
    "dashboard",
  ]);
  assertEquals([namesOf({}), namesOf({ data_dir: "x" })], [four, four]);
});

Deno.test("a port that is taken: an error where the configuration has the port, else a warning", async () => {
  using taken = takenPort();
  const bind = `127.0.0.1:${taken.addr.port}`;
  const broker = new Broker({
    listeners: LOCAL,
    plugins: { auth_anonymous: null, dashboard: { bind } },
  });
  await assertRejects(() => broker.start(), UserError, bind);
  await broker.stop();
  const harness = new PluginHarness();
  const cause = new Deno.errors.AddrInUse("in use");
  const context = {
    ...harness.context,
    serveHttp: () => Promise.reject(new UserError("127.0.0.1:18083: the port is taken", { cause })),
  };
  const plugin = dashboard as Plugin;
  const options = await checkOptions(plugin, {}, "plugins.dashboard");
  assertEquals(await plugin.setup(options, context), {});
  assertMatch(
    harness.messages("warning")[0] ?? "",
    /^no dashboard: 127\.0\.0\.1:18083: the port is taken/,
  );
  const given = await checkOptions(plugin, { bind: "127.0.0.1:18083" }, "plugins.dashboard");
  await assertRejects(async () => await plugin.setup(given, context), UserError, "is taken");
  const other = { ...context, serveHttp: () => Promise.reject(new UserError("no such file")) };
  await assertRejects(async () => await plugin.setup(options, other), UserError, "no such file");
});

Deno.test("options that are none are errors with their names", async () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ bind: 1 }, "bind"],
    [{ admins: "alice" }, "admins"],
    [{ viewers: [1] }, "viewers"],
    [{ base_path: "midge" }, "base_path"],
    [{ base_path: "/a b" }, "base_path"],
    [{ base_path: "/../x" }, "base_path"],
    [{ base_path: '/"; Domain=evil' }, "base_path"],
    [{ hosts: ["a:1"] }, "hosts"],
    [{ hosts: ["http://a"] }, "hosts"],
    [{ session_time: 0 }, "session_time"],
    [{ max_connections: 0 }, "max_connections"],
    [{ max_conections: 1 }, "max_conections"],
  ];
  for (const [options, name] of wrong) {
    await assertRejects(
      async () => await checkOptions(dashboard as Plugin, options, "plugins.dashboard"),
      UserError,
      `plugins.dashboard.${name}`,
    );
  }
});

Deno.test("the first token is shown where there is no other way in: once, and not in the log", async () => {
  const bind = "127.0.0.1:0";
  await using stage = await started({ auth_anonymous: null, dashboard: { bind } });
  const { said, folder } = stage;
  assertEquals(said.length, 2);
  const url = /http:\S+/.exec(said[0]!)?.[0] ?? "";
  const token = /midge_\S+$/.exec(said[1]!)?.[0] ?? "";
  const me = await fetch(`${url}api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  assertEquals([me.status, (await me.json()).role], [200, "admin"]);
  assert((await Deno.readTextFile(`${folder}/tokens.json`)).includes('"first"'));
  const again: string[] = [];
  const second = new Broker({
    listeners: LOCAL,
    data_dir: folder,
    plugins: { auth_anonymous: null, dashboard: { bind } },
  });
  second.tell = (line) => again.push(line);
  await second.start();
  await second.stop();
  assertEquals(again, []);
});

Deno.test("without a terminal the log says how to get a token, where only tokens let in", async () => {
  const plugin = dashboard as Plugin;
  const options = await checkOptions(plugin, {}, "plugins.dashboard");
  const server = { url: "http://127.0.0.1:1", port: 1, close: () => Promise.resolve() };
  for (const hasOtherAuthenticator of [false, true]) {
    const harness = new PluginHarness();
    const serveHttp = () => Promise.resolve(server);
    const hooks = await plugin.setup(options, {
      ...harness.context,
      serveHttp,
      hasOtherAuthenticator,
    });
    await hooks.brokerStarted?.({ listeners: [] });
    const hint = "dashboard: log in with a token; `midge ctl token new` makes one";
    const expected = ["dashboard: http://127.0.0.1:1/", ...hasOtherAuthenticator ? [] : [hint]];
    assertEquals(harness.messages("info"), expected);
    await hooks.dispose?.();
  }
});

Deno.test("no token is made where users have passwords", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/passwords`, `alice:$6$saltsalt$${"a".repeat(86)}\n`);
  const password_file = `${folder}/passwords`;
  await using stage = await started({
    auth_file: { password_file },
    dashboard: { bind: "127.0.0.1:0" },
  });
  assertEquals(stage.said, []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a reload with other options serves by them at the same address", async () => {
  using free = takenPort();
  const { port } = free.addr;
  free.close();
  const bind = `127.0.0.1:${port}`;
  const plugins = (more: Record<string, unknown>) => ({
    auth_anonymous: null,
    dashboard: { bind, ...more },
  });
  await using stage = await started(plugins({}));
  const statusOf = async (path: string) => {
    const response = await fetch(`http://${bind}${path}`, { redirect: "manual" });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await statusOf("/healthz"), await statusOf("/midge")], [200, 404]);
  const result = await stage.broker.reload({
    listeners: LOCAL,
    data_dir: stage.folder,
    plugins: plugins({ base_path: "/midge" }),
  });
  assertEquals(result.problems, []);
  assertEquals([await statusOf("/healthz"), await statusOf("/midge")], [200, 308]);
});
