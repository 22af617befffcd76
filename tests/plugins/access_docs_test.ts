/** docs/ACCESS.md does what it says: its configurations load, its defaults are the real ones. */
import { assert, assertEquals } from "@std/assert";
import { Broker } from "../../lib/broker/life/broker.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { placeholderValue } from "../../lib/access/sources/placeholders.ts";
import { MOSQUITTO } from "../access/passwords/vectors.ts";
import { certPath } from "../support/certs.ts";
import { codeBlocks } from "../support/markdown.ts";
import { fakeClient } from "../support/plugin_harness.ts";
import { RawHttpServer, response } from "../support/raw_http_server.ts";
import { HttpPlugin } from "./http_support.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/ACCESS.md", import.meta.url));

/** A folder with the files that the examples name. */
async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/passwords`, `alice:${MOSQUITTO[0]!.hash}\n`);
  await Deno.writeTextFile(`${folder}/acl.conf`, codeBlocks(TEXT, "erlang")[0]!);
  await Deno.copyFile(certPath("ca.pem"), `${folder}/ca.pem`);
  await Deno.copyFile(certPath("client.pem"), `${folder}/broker.pem`);
  await Deno.copyFile(certPath("client.key"), `${folder}/broker.key`);
  return folder;
}

Deno.test("every YAML block of docs/ACCESS.md is a configuration that loads", async (t) => {
  const folder = await makeFolder();
  const configurations = codeBlocks(TEXT, "yaml");
  assert(configurations.length >= 4, `${configurations.length} blocks`);
  for (const [index, content] of configurations.entries()) {
    await t.step(`${index + 1}: ${content.split("\n")[1]?.trim()}`, async () => {
      const file = `${folder}/config${index}.yaml`;
      await Deno.writeTextFile(file, content);
      const config = await loadConfig(file);
      assertEquals(config.warnings, []);
      await Broker.check(config);
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the placeholders of docs/ACCESS.md have a value when it says so", () => {
  const client = fakeClient({
    username: "ann",
    certificate: { commonName: "dev.example", subject: "CN=dev.example" },
  });
  const subjects: Record<string, Parameters<typeof placeholderValue>[1]> = {
    "always": { client },
    "at a login": { client, password: "pw" },
    "in an authorization": { client, action: "publish", topic: "t" },
  };
  const rows = [...TEXT.matchAll(/^\| `%(\w)`\s+\| .*? +\| ([a-z ]+?) +\|$/gm)];
  assertEquals(rows.length, 11);
  for (const [, letter, known] of rows) {
    const value = placeholderValue(letter!, subjects[known!]!);
    assertEquals(value === undefined, letter === "m", `%${letter}`);
    if (known !== "always") assertEquals(placeholderValue(letter!, { client }), undefined);
  }
});

Deno.test("the first HTTP example asks what the same with nothing but URLs asks", async () => {
  await using server = new RawHttpServer(() => response(200));
  const [example] = codeBlocks(TEXT.slice(TEXT.indexOf("\n## HTTP")), "yaml");
  const params = [...example!.matchAll(/params: (.*)/g)].map(([, text]) => text);
  assertEquals(params.length, 3);
  const ask = async (withParams: boolean) => {
    server.requests.length = 0;
    const [auth_req, super_req, acl_req] = ["auth", "super", "acl"].map((path, index) => ({
      url: server.url(`/${path}`),
      ...(withParams && { params: params[index] }),
    }));
    await using http = await HttpPlugin.setUp({ auth_req, super_req, acl_req });
    await http.login({ username: "ann" }, "pw");
    await http.right("publish", "a/b", { username: "ann" });
    return [...server.requests];
  };
  const requests = await ask(true);
  assertEquals(requests.length, 3);
  assertEquals(await ask(false), requests);
});
