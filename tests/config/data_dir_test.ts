/**
 * `data_dir` of a configuration: what it is relative to, what stands in it, and a broker made of an object.
 */
import { assertEquals } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { ask } from "../../lib/manage/client.ts";
import { Broker } from "../../mod.ts";
import { TempFolder } from "../support/midge_process.ts";
import { read } from "./read.ts";

Deno.test("data_dir: data beside the configuration, or where the key says", () => {
  assertEquals(read("").dataDir, "/conf/data");
  assertEquals(read("data-dir: ../var/midge").dataDir, "/var/midge");
  assertEquals(read("data_dir: /srv/midge").dataDir, "/srv/midge");
  assertEquals(read("data_dir: null").dataDir, "/conf/data");
  assertEquals(normalizeConfig({}, { directory: "/here" }).dataDir, "/here/data");
});

Deno.test("data_dir: a command line wins, and without a file it is in the working directory", async () => {
  const source = { file: "c.yaml", directory: "/conf", dataDir: "/flag" };
  assertEquals(normalizeConfig({ data_dir: "key" }, source).dataDir, "/flag");
  assertEquals((await loadConfig(undefined)).dataDir, `${Deno.cwd()}/data`);
  assertEquals((await loadConfig(undefined, { dataDir: "own" })).dataDir, `${Deno.cwd()}/own`);
});

Deno.test("data_dir: the defaults of management stand in it, a path of its own beside the configuration", () => {
  const socket = (text: string) => read(`data_dir: d\nmanagement: ${text}`).management;
  assertEquals(socket("{}"), { kind: "unix", path: "/conf/d/midge.sock" });
  assertEquals(socket("{path: m.sock}"), { kind: "unix", path: "/conf/m.sock" });
  assertEquals(socket("{bind: 1884}"), {
    kind: "tcp",
    hostname: "127.0.0.1",
    port: 1884,
    token: undefined,
    endpointFile: "/conf/d/management.json",
  });
});

Deno.test("data_dir: a broker made of an object has its socket there", async () => {
  await using folder = new TempFolder();
  await using broker = new Broker({
    data_dir: `${folder.path}/state`,
    listeners: { default: { bind: "127.0.0.1:0" } },
    plugins: { auth_anonymous: null },
    management: {},
  });
  await broker.start();
  const path = `${folder.path}/state/midge.sock`;
  assertEquals(broker.management, path);
  assertEquals(typeof await ask({ kind: "unix", path }, "ping", {}), "object");
});
