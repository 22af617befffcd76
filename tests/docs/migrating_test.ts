/** docs/MIGRATING.md does what it says: each example is what `midge import` makes of the files before it. */
import { assert, assertEquals } from "@std/assert";
import { codeBlocks } from "../support/markdown.ts";
import { parseYaml } from "../../lib/config/yaml.ts";
import { BROKER_KEYS } from "../../lib/config/broker_keys.ts";
import { LISTENER_KEYS } from "../../lib/config/listener_keys.ts";
import { isMosquittoKey } from "../../lib/cli/import/mosquitto_general.ts";
import { MOSQUITTO } from "../access/passwords/vectors.ts";
import { importTexts } from "../cli/import/support.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/MIGRATING.md", import.meta.url));
const [FROM_MOSQUITTO, FROM_EMQX, FROM_AMQTT] = codeBlocks(TEXT, "yaml")
  .map((text) => parseYaml(text, "MIGRATING.md"));
const passwd = `roger:${MOSQUITTO[0]!.hash}\n`;

Deno.test("every YAML block is made from the files before it, and loads", async () => {
  assertEquals(codeBlocks(TEXT, "yaml").length, 3);
  const [conf] = codeBlocks(TEXT, "conf");
  const [aclfile] = codeBlocks(TEXT, "acl");
  const mosquitto = await importTexts(
    { "mosquitto.conf": conf!, aclfile: aclfile!, passwd },
    ["mosquitto.conf"],
  );
  assertEquals(mosquitto.config, FROM_MOSQUITTO);
  const [emqx, http] = codeBlocks(TEXT, "emqx");
  const fromEmqx = await importTexts(
    { "emqx.conf": emqx!, "emqx_auth_http.conf": http!, "acl.conf": "{allow, all}." },
    ["emqx.conf", "emqx_auth_http.conf"],
  );
  assertEquals(fromEmqx.config, FROM_EMQX);
  const [amqtt] = codeBlocks(TEXT, "amqtt");
  const fromAmqtt = await importTexts({ "amqtt.yaml": amqtt!, passwd }, ["amqtt.yaml"]);
  assertEquals(fromAmqtt.config, FROM_AMQTT);
});

/** The cells of all table rows between two headings, without the heading rows. */
function rows(from: string, to: string): string[][] {
  const part = TEXT.slice(TEXT.indexOf(from), TEXT.indexOf(to, TEXT.indexOf(from)));
  const lines = part.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
}

Deno.test("the keys of mosquitto's table are mosquitto's, those beside them Midge's", () => {
  const table = rows("### mosquitto.conf", "### Passwords");
  assert(table.length > 15, `${table.length} rows`);
  for (const [theirs] of table) {
    for (const text of quoted(theirs!)) {
      const key = text.split(" ")[0]!;
      assert(isMosquittoKey(key) || key.endsWith("..."), `${key} is no key of mosquitto.conf`);
    }
  }
});

Deno.test("Midge's keys in EMQ X's table exist", () => {
  const known = [...Object.keys(BROKER_KEYS), ...Object.keys(LISTENER_KEYS)];
  const plugins = ["auth_anonymous", "acl_file", "broker_sys"];
  for (const [, ours] of rows("### emqx.conf", "### etc/plugins")) {
    for (const text of quoted(ours!).filter((one) => /^[a-z_]+(\.|$)/.test(one))) {
      const key = text.split(".")[0]!;
      assert(known.includes(key) || plugins.includes(key) || key === "bind", `${key} is unknown`);
    }
  }
});

Deno.test("every file and section that it points to exists", async () => {
  for (const [, file, section] of TEXT.matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
    const text = file === ""
      ? TEXT
      : await Deno.readTextFile(new URL(`../../docs/${file}`, import.meta.url));
    const names = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-")
    );
    if (section !== undefined) assert(names.includes(section), `${file}#${section}`);
  }
});
