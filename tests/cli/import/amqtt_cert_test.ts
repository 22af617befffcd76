/** `midge import` of aMQTT's contrib.cert: what it becomes, alone and beside other plugins that let people in. */
import { assertEquals } from "@std/assert";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { importTexts } from "./support.ts";

const CERT = "amqtt.contrib.cert.UserAuthCertPlugin: {uri_domain: example.org}";

async function importPlugins(...plugins: string[]) {
  const text = ["plugins:", ...plugins.map((plugin) => `  ${plugin}`)].join("\n") + "\n";
  const passwords = `ann:${MOSQUITTO[0]!.hash}\n`;
  const { config, notes } = await importTexts({ "amqtt.yaml": text, passwords }, ["amqtt.yaml"]);
  return { plugins: config.plugins, notes: notes.map((note) => note.split(" (")[0]).slice(0, -1) };
}

Deno.test("the certificate is required, as in aMQTT", async () => {
  const imported = await importPlugins(CERT, "auth_anonymous: {allow_anonymous: true}");
  assertEquals(imported, {
    plugins: {
      auth_cert: { uri_domain: "example.org", required: true },
      auth_anonymous: { allow_anonymous: true },
    },
    notes: [],
  });
});

Deno.test("beside passwords both have to agree: neither lets people in", async () => {
  assertEquals(await importPlugins(CERT, "auth_file: {password_file: passwords}"), {
    plugins: {},
    notes: ["not carried over: auth_file", "not carried over: auth_cert"],
  });
});

Deno.test("beside a plugin that stays behind it lets no one in", async () => {
  assertEquals(await importPlugins(CERT, "mine.Plugin:"), {
    plugins: {},
    notes: ["not carried over: mine.Plugin", "not carried over: auth_cert"],
  });
});
