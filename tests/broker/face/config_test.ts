/** `config`, `config validate`: what may be seen, and what a check does and does not do. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Broker } from "../../../mod.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { ask } from "../../../lib/manage/client.ts";
import type { ResultOf } from "../../../lib/manage/commands.ts";
import { ManagedBroker, userOf } from "../../support/managed_broker.ts";
import { TempFolder } from "../../support/midge_process.ts";

const SECRET = "hunter2canary";

Deno.test("config: the file's text and what holds, secrets masked", async () => {
  await using folder = new TempFolder();
  folder.write(
    "c.yaml",
    `listeners: {default: {bind: "127.0.0.1:0"}}
management: {path: m.sock}
plugins:
  auth_anonymous:
  redis:
    server: 127.0.0.1:1
    username: ${SECRET}
    password: ${SECRET}
  http:
    auth_req: {url: "http://me:${SECRET}@127.0.0.1:1/a"}
`,
  );
  const broker = new Broker(await loadConfig(`${folder.path}/c.yaml`));
  await broker.start();
  await using _ = broker;
  const address = { kind: "unix", path: `${folder.path}/m.sock` } as const;
  const config = await ask(address, "config", {}) as ResultOf<"config">;
  assert(!JSON.stringify(config).includes(SECRET), JSON.stringify(config));
  assertEquals(config.file, `${folder.path}/c.yaml`);
  assertStringIncludes(config.text ?? "", "server: 127.0.0.1:1");
  assertStringIncludes(config.text ?? "", 'password: "***"');
  const { plugins } = config.settings as { plugins: { name: string; options: unknown }[] };
  assertEquals(
    plugins[1],
    {
      name: "redis",
      key: "redis",
      packaged: true,
      options: { server: "127.0.0.1:1", username: "***", password: "***" },
    } as unknown as typeof plugins[1],
  );
  Deno.removeSync(`${folder.path}/c.yaml`);
  const gone = await ask(address, "config", {}) as ResultOf<"config">;
  assertEquals([gone.text, typeof gone.settings], [null, "object"]);
});

Deno.test("config: of an object there is no text", async () => {
  await using managed = await ManagedBroker.start({ max_qos: 1 });
  const { file, text, settings } = await managed.result("config");
  assertEquals([file, text], [null, null]);
  assertEquals(Reflect.get(Object(settings.limits), "maxQos"), 1);
});

Deno.test("config validate: what a start would say; nothing is opened or changed", async () => {
  await using managed = await ManagedBroker.start();
  const validate = (text: string) => managed.result("config validate", { text });
  const { port } = managed.it.address;
  const fine = await validate(`listeners: {default: {bind: "127.0.0.1:${port}"}}`);
  assertEquals(fine.problems, []);
  const wrong = await validate("max_qos: 7\nplugins: {auth_file: {password_file: nowhere}}");
  assertEquals(wrong.problems.length, 1);
  assertStringIncludes(wrong.problems[0]!, "max_qos: got 7, expected 0, 1 or 2");
  const file = await validate("plugins: {auth_file: {password_file: /nowhere/x}}");
  assertStringIncludes(file.problems[0]!, "plugins.auth_file");
  assertEquals((await validate("a: [")).problems.length, 1);
  assertEquals((await validate("")).problems.length, 1);
  const secret = await validate(`management: {token: ${SECRET}}`);
  assert(!secret.problems.join().includes(SECRET), secret.problems.join());
});

Deno.test({
  name: "config validate: a device without an end is a problem, and not the broker's end",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using managed = await ManagedBroker.start();
    const texts = [
      "plugins: {auth_file: {password_file: /dev/zero}}",
      "plugins: {auth_anonymous: , auth_scram: {password_file: /dev/zero}}",
      "listeners: {default: {ssl: true, certfile: /dev/zero, keyfile: /dev/zero}}",
    ];
    for (const text of texts) {
      const { problems } = await managed.result("config validate", { text });
      assertStringIncludes(problems.join(), "more than 1048576 bytes");
    }
  },
});

Deno.test("config validate: no module is imported that does not run", async () => {
  await using folder = new TempFolder();
  folder.write(
    "evil.ts",
    `Deno.writeTextFileSync("${folder.path}/was_here", ""); export default {};`,
  );
  await using managed = await ManagedBroker.start();
  const evil = [
    `${folder.path}/evil.ts`,
    `data:text/javascript,throw 1`,
    "https://127.0.0.1:1/x.ts",
  ];
  for (const module of evil) {
    const text = `plugins: {"${module}": null}`;
    const { problems } = await managed.result("config validate", { text });
    assertEquals(problems.length, 1, problems.join());
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["evil.ts"]);
});

Deno.test("config validate: for admins; bounded in length", async () => {
  await using managed = await ManagedBroker.start();
  const viewer = userOf("v", { isAdmin: false });
  assertStringIncludes(await managed.refusal("config validate", { text: "" }, viewer), "only look");
  const text = `a: ${"x".repeat(1024 * 1024)}`;
  assertStringIncludes(await managed.refusal("config validate", { text }), "characters");
});
