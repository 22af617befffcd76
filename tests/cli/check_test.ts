/**
 * `midge check`: the same verdict as start, without listening.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MOSQUITTO } from "../access/passwords/vectors.ts";
import { runMidge, TempFolder } from "../support/midge_process.ts";

Deno.test("a good configuration is fine, even while its port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", `listeners: {default: {bind: "127.0.0.1:${port}"}}`);
  const { code, stdout, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stdout.at(-1), stderr], [0, `${file}: fine`, []]);
});

Deno.test("with edge it is said what that sets, and not what is given", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", "edge: true\nmax_retained: 5\nstorage: {}");
  const { code, stdout } = await runMidge(["check", "-c", file]);
  const rows = stdout.slice(stdout.indexOf("edge sets:") + 1, stdout.indexOf("limits:"));
  const words = rows.map((row) => row.trim().split(/ +/).join(" "));
  assertEquals(code, 0);
  assert(words.includes("max_cached_topics 1024"), `${words}`);
  assert(words.includes("storage.write_delay 10s"), `${words}`);
  assert(!words.some((row) => row.startsWith("max_retained ")), `${words}`);
});

Deno.test("without a file: the built-in configuration, and that only this machine reaches it", async () => {
  const { code, stdout, stderr } = await runMidge(["check"]);
  assertEquals([code, stdout.at(-1)], [0, "the built-in configuration: fine"]);
  assertEquals(stderr, [
    "warning: no configuration file: only this machine reaches the broker; midge init writes one, --open lets others in",
  ]);
});

Deno.test("options of plugins are checked, and modules loaded", async () => {
  await using folder = new TempFolder();
  folder.write("broken.ts", "export default 5;");
  folder.write(
    "hook.ts",
    `export default { name: "h", apiVersion: 1, setup: () => ({ clientConected() {} }) };`,
  );
  const file = folder.write(
    "c.yaml",
    "plugins: {auth_anonymous: {allow: true}, ./broken.ts: , ./hook.ts: , ./none.ts: }",
  );
  const { code, stdout, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stdout, stderr.length], [1, [], 4]);
  const parts = [
    "auth_anonymous.allow: ",
    "./broken.ts: ",
    "./hook.ts: unknown hook clientConected",
    "./none.ts: ",
  ];
  parts.forEach((part, index) =>
    assertStringIncludes(stderr[index]!, `midge: ${file}: plugins.${part}`)
  );
});

Deno.test("warnings are shown, and are no refusal", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", "plugins: {}");
  const { code, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stderr], [0, [
    `warning: ${file}: plugins: no plugins, so nobody is let in; auth_anonymous or auth_file would`,
  ]]);
});

const NO_ONE: [what: string, plugins: string, why: string][] = [
  ["no plugins", "{}", "no plugin authenticates"],
  ["rules alone", "{topic_acl: {acl: {a: [b]}}}", "no plugin authenticates"],
  [
    "a file of comments",
    "{auth_file: {password_file: comments}}",
    "auth_file: DIR/comments has no user",
  ],
  [
    "a file of comments, and names needed",
    "{auth_file: {password_file: comments}, auth_anonymous: {allow_anonymous: false}}",
    "auth_file: DIR/comments has no user; auth_anonymous: allow_anonymous is false",
  ],
];

for (const [what, plugins, why] of NO_ONE) {
  Deno.test(`is not fine when no one can log in: ${what}`, async () => {
    await using folder = new TempFolder();
    folder.write("comments", "# users\n\n");
    const file = folder.write("c.yaml", `plugins: ${plugins}`);
    const { code, stdout } = await runMidge(["check", "-c", file]);
    const last = stdout.at(-1)?.replace(folder.path, "DIR").replace(folder.path, "DIR");
    assertEquals([code, last], [0, `DIR/c.yaml: can be started, but no one can log in: ${why}`]);
  });
}

const SOME_ONE = [
  "{auth_file: {password_file: comments}, auth_anonymous: }",
  "{auth_file: {password_file: users}, auth_anonymous: {allow_anonymous: false}}",
  "{auth_anonymous: {allow_anonymous: false}}",
];

for (const plugins of SOME_ONE) {
  Deno.test(`is fine when someone can log in: ${plugins}`, async () => {
    await using folder = new TempFolder();
    folder.write("comments", "# no users\n");
    folder.write("users", `alice:${MOSQUITTO[0]!.hash}\n`);
    const file = folder.write("c.yaml", `plugins: ${plugins}`);
    const { code, stdout } = await runMidge(["check", "-c", file]);
    assertEquals([code, stdout.at(-1)], [0, `${file}: fine`]);
  });
}

Deno.test("a password file without a usable line is an error that names the line", async () => {
  await using folder = new TempFolder();
  folder.write("plain", "alice:secret\n");
  const file = folder.write("c.yaml", "plugins: {auth_file: {password_file: plain}}");
  const { code, stdout, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stdout, stderr.length], [1, [], 1]);
  assertStringIncludes(stderr[0]!, "line 1 is not used");
});

Deno.test("--connect asks the servers: what answers is said, what does not is a refusal", async () => {
  await using folder = new TempFolder();
  const asked: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return new Response(null, { status: asked.length === 1 ? 401 : 200 });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const http = `{auth_req: {url: "${url}/auth"}, acl_req: {url: "${url}/acl"}}`;
  const good = folder.write("good.yaml", `plugins: {http: ${http}}`);
  const fine = await runMidge(["check", "-c", good, "--connect"]);
  assertEquals([fine.code, fine.stdout[0], fine.stderr], [0, "http: answers", []]);
  assertEquals([fine.stdout.at(-1), asked], [`${good}: fine`, ["/auth", "/acl"]]);
  const bad = folder.write("bad.yaml", `plugins: {http: ${http}, redis: {server: "127.0.0.1:1"}}`);
  const refused = await runMidge(["check", "-c", bad, "--connect"]);
  assertEquals(refused.code, 1);
  assert(!refused.stdout.some((line) => line.endsWith("fine")), refused.stdout.join("\n"));
  assertStringIncludes(refused.stderr.at(-1)!, `midge: ${bad}: plugins.redis: `);
  assertStringIncludes(refused.stderr.at(-1)!, "ECONNREFUSED");
  const unasked = await runMidge(["check", "-c", bad]);
  assertEquals([unasked.code, unasked.stdout.at(-1)], [0, `${bad}: fine`]);
});

Deno.test("the limits that hold are printed as config.yaml takes them", async () => {
  await using folder = new TempFolder();
  const file = folder.write(
    "c.yaml",
    "max_retained: 0\nmax_packet_size: 1536KiB\nconnect_timeout: 1500ms\n" +
      "listeners: {default: {max_connections: 7, messages_rate: 90/m, bytes_rate: 10, bytes_burst: 20}, " +
      "other: {bind: 1884, messages_rate: 0, max_connections_per_address: 3, max_conn_rate_per_address: 2}}",
  );
  const { stdout } = await runMidge(["check", "-c", file]);
  const limits = stdout.map((line) => line.trim().split(/ {2,}/));
  const of = (name: string) => limits.find(([one]) => one === name)?.[1];
  assertEquals(
    ["max_retained", "max_packet_size", "connect_timeout", "max_inflight", "max_memory"].map(of),
    ["no limit", "1536KiB", "1500ms", "100", "auto"],
  );
  assertEquals(limits.filter(([name]) => name?.startsWith("listeners.")), [
    ["listeners.default.max_connections", "7"],
    ["listeners.default.messages_rate", "1.5 a second, 2 at once"],
    ["listeners.default.bytes_rate", "10 a second, 20 at once"],
    ["listeners.other.max_connections", "7"],
    ["listeners.other.max_connections_per_address", "3"],
    ["listeners.other.max_conn_rate_per_address", "2 a second, 2 at once"],
    ["listeners.other.bytes_rate", "10 a second, 20 at once"],
  ]);
});
