/** docs/ACCESS_RULES.md does what it says: its examples load, its tables are true. */
import { assert, assertEquals } from "@std/assert";
import { Broker } from "../../../lib/broker/life/broker.ts";
import { parseAclConf } from "../../../lib/access/rules/acl_conf.ts";
import { defaultRules } from "../../../lib/access/rules/rule_file.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { requestOf, rulesOf } from "./support.ts";

const TEXT = await Deno.readTextFile(new URL("../../../docs/ACCESS_RULES.md", import.meta.url));

function blocks(language: string): string[] {
  return [...TEXT.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , content]) => content!);
}

/** The cells of the table lines below a line that begins with `heading`, without their quotes. */
function table(heading: string): string[][] {
  const lines = TEXT.slice(TEXT.indexOf(heading)).split("\n").slice(2);
  const rows = lines.slice(0, lines.findIndex((line) => !line.startsWith("|")));
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("the acl.conf examples are read; the first is the default", () => {
  const [first, second] = blocks("erlang").map((text) => parseAclConf(text, "default rules"));
  const texts = (rules: { text: string }[] = []) => rules.map(({ text }) => text);
  assertEquals(texts(first), texts(defaultRules()));
  assertEquals(second?.length, 5);
});

Deno.test("the YAML examples are configurations that load", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/acl.conf`, blocks("erlang")[1]!);
  assertEquals(blocks("yaml").length, 2);
  for (const [index, text] of blocks("yaml").entries()) {
    const file = `${folder}/config${index}.yaml`;
    await Deno.writeTextFile(file, text);
    await Broker.check(await loadConfig(file));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("every condition of the table of who is read", () => {
  const forms = table("| Who ").flatMap(([who]) =>
    [...who!.matchAll(/`([^`]+)`/g)].map(([, form]) => form!.replaceAll(/\bWho, \.\.\./g, "all"))
  );
  assert(forms.length >= 12, `${forms.length} forms`);
  for (const form of forms) parseAclConf(`{allow, ${form}, publish, ["t"]}.`, form);
});

Deno.test("the table of subscriptions is true", () => {
  const rows = table("| rule ");
  assertEquals(rows.length, 7);
  for (const [topic, asked, ...expected] of rows) {
    const plain = (cell = "") => cell.replaceAll("`", "");
    const applies = (permission: string, mode: "strict" | "emqx") =>
      rulesOf(`{${permission}, all, subscribe, ["${plain(topic)}"]}.`)
        .decide(requestOf("subscribe", plain(asked)), mode) !== undefined;
    const found = [applies("allow", "strict"), applies("deny", "strict"), applies("allow", "emqx")];
    assertEquals(found.map((yes) => yes ? "yes" : "no"), expected, `${topic} ${asked}`);
  }
});
