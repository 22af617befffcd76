/** `midge help TOPIC`: pages, parts of pages, keys and hooks; as plain text. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { blocksOf } from "../../../lib/cli/help/blocks.ts";
import { inlineText } from "../../../lib/cli/help/inline_text.ts";
import { packed, readFolder, readPacked, readPages } from "../../../lib/cli/help/library.ts";
import { plainText } from "../../../lib/cli/help/plain_text.ts";
import { findTopic, topicName, topicNames } from "../../../lib/cli/help/topics.ts";
import { configKeys } from "../../../tools/reference/config_keys.ts";
import { runMidge, TempFolder } from "../../support/midge_process.ts";

const PAGES = await readPages();

Deno.test("midge help lists the topics, midge help TOPIC prints one", async () => {
  const general = await runMidge(["help"]);
  const listed = general.stdout.join(" ").split("Topics (midge help TOPIC):")[1]!.trim();
  assertEquals(listed.split(/\s+/), topicNames(PAGES));
  const { code, stdout, stderr } = await runMidge(["help", "tls"]);
  assertEquals([code, stderr], [0, []]);
  assertMatch(stdout[0]!, /^TLS/);
  assertEquals(stdout[1], "=".repeat(stdout[0]!.length));
});

Deno.test("no two pages have one name", () => {
  const names = topicNames(PAGES);
  assertEquals(names, [...new Set(names)]);
  assertEquals(names.filter((name) => /readme|documentation/.test(name)), [
    "documentation",
    "readme",
  ]);
});

Deno.test("midge help KEY prints what a configuration key means, also below its section", async () => {
  for (
    const words of [["max_packet_size"], ["config.max_packet_size"], ["config", "max_packet_size"]]
  ) {
    const { stdout } = await runMidge(["help", ...words]);
    assertEquals(stdout.slice(0, 2), ["max_packet_size", "---------------"]);
    assertStringIncludes(stdout.join("\n"), '- default: "10MiB"');
    assert(stdout.length < 20, `${stdout.length} lines`);
  }
  const pages = topicNames(PAGES);
  for (const { path } of configKeys().filter((one) => !pages.includes(one.path))) {
    assertMatch(findTopic(PAGES, [path])[0]?.path ?? "", /CONFIG\.md$/, path);
  }
});

Deno.test("a last name that several keys have prints them all; a hook is found; a part of a page", () => {
  const titles = (words: string[]) =>
    findTopic(PAGES, words).map(({ markdown }) => markdown.split("\n")[0]);
  assertEquals(titles(["bind"]), ["### listeners.NAME.bind", "### management.bind"]);
  assertEquals(titles(["clientConnected"]), ["## clientConnected"]);
  assertEquals(titles(["tls", "an", "authority"]), ["## An authority of your own"]);
  assertEquals(titles(["TLS"])[0]?.slice(0, 2), "# ");
  assertEquals(titles(["access_rules"]), ["# Access rules"]);
  assertEquals(titles(["nothing-of-that-name"]), []);
});

Deno.test("the help of one command below another, and what is none", async () => {
  const ban = await runMidge(["help", "ctl", "ban", "add"]);
  assertEquals(ban, await runMidge(["ctl", "ban", "add", "--help"]));
  assertEquals(ban.stdout[0], "Usage: midge ctl ban add [FLAGS]");
  assertEquals(
    (await runMidge(["ctl", "ban", "--help"])).stdout[0],
    "Usage: midge ctl ban COMMAND",
  );
  assertEquals(await runMidge(["help", "store", "check"]), await runMidge(["help", "store"]));
  const wrong: [string[], string][] = [
    [["accss"], 'unknown command "accss"; did you mean access? Known commands: start, '],
    [["max_packets_size"], 'unknown command "max_packets_size"; did you mean max_packet_size? '],
    [["tls", "cheese"], 'tls has no part "cheese"; midge help tls prints all of it'],
    [["store", "chek"], 'unexpected argument "chek"'],
  ];
  for (const [words, line] of wrong) {
    const { code, stderr } = await runMidge(["help", ...words]);
    assertEquals([code, stderr.length], [2, 1]);
    assertStringIncludes(stderr[0]!, line);
  }
});

Deno.test("words of Markdown become words", () => {
  const plain = (text: string) => inlineText(text, (path) => path === "TLS.md" ? "tls" : undefined);
  assertEquals(
    plain("see [the page](TLS.md#two) and [home](https://a.example)"),
    "see the page (midge help tls) and home (https://a.example)",
  );
  assertEquals(
    plain("[below](#there), [other](x.yaml), <https://a.example>"),
    "below, other, https://a.example",
  );
  assertEquals(
    plain("**bold**, _it is_, *so*, snake_case_name, 2 * 3 * 4, a\\_b, `a_b_ **c** [d](e)`"),
    "bold, it is, so, snake_case_name, 2 * 3 * 4, a_b, a_b_ **c** [d](e)",
  );
  assertEquals(plain("![a board](images/x.png) &lt;b&gt;"), "[picture: a board] <b>");
});

Deno.test("blocks of Markdown become lines", () => {
  const markdown =
    "# Title\n\nOne\ntwo.\n\n- a\n  b\n- c\n\n  ```sh\n  x  y\n  ```\n\n| k | v |\n| --- | --- |\n" +
    "| `a\\|b` | long words in here |\n| c | |\n\n<!-- no -->\n    code\n";
  assertEquals(plainText(markdown, 20, () => undefined).split("\n"), [
    "Title",
    "=====",
    "",
    "One two.",
    "",
    "- a b",
    "- c",
    "",
    "    x  y",
    "",
    "k    v",
    "",
    "a|b  long words in",
    "     here",
    "c",
    "",
    "    code",
  ]);
  assertEquals(blocksOf("1. x\n   y").length, 1);
});

Deno.test("no page leaves signs of Markdown, or a paragraph that is too wide", () => {
  for (const [path, markdown] of Object.entries(PAGES)) {
    const blocks = blocksOf(markdown);
    assert(blocks.length > 5, path);
    for (const block of blocks) {
      if (block.kind !== "paragraph" && block.kind !== "item") continue;
      const text = plainText(`${" ".repeat(block.indent)}${block.text}`, 80, () => "x");
      assert(!/\]\(|\*\*\w/.test(text), `${path}: ${text}`);
      const wide = text.split("\n").filter((line) => line.length > 80 && /\S\s+\S/.test(line));
      assertEquals(wide, [], path);
    }
  }
});

Deno.test("the packed pages are those of the folder; without either there are none", async () => {
  await using folder = new TempFolder();
  const file = new URL(`file://${folder.path}/help.json.gz`);
  assertEquals(await readPacked(file), undefined);
  assertEquals(await readFolder(new URL(`file://${folder.path}/`)), undefined);
  const bytes = await packed(PAGES);
  await Deno.writeFile(file, bytes);
  assertEquals(await readPacked(file), PAGES);
  assert(bytes.length < 250_000, `${bytes.length} bytes: each is memory of the executable`);
  assert(!Object.keys(PAGES).some((path) => topicName(path).startsWith("conformance")));
});
