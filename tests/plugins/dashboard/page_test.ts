/** The page of the dashboard as files: what they may not do, what they weigh, and that they ask for what there is. */
import { assert, assertEquals } from "@std/assert";
import { writeAll } from "../../../lib/io.ts";
import { COMMANDS, SERIES } from "../../../manage.ts";
import { readAsset } from "../../../plugins/dashboard/assets.ts";
import { SERIES as SHOWN } from "../../../plugins/dashboard/page/history.js";
import { VIEWS } from "../../../plugins/dashboard/page/views.js";
import { filesOf, readFile } from "../../house/tree.ts";

const PAGE = "plugins/dashboard/page";
const VENDOR = ["preact.js", "hooks.js", "htm.js", "uplot.js", "uplot.css"];
const MAX_BYTES = 150_000;

/** What makes markup or code of text, and what a strict policy of the page's content refuses. */
const FORBIDDEN =
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet|\beval\b|new Function|srcdoc|https?:\/\/(?!www\.w3\.org)|<style|style="/i;

const scripts = (await filesOf([PAGE], [".js"])).map((path) => path.slice(PAGE.length + 1));
const others = (await filesOf([PAGE], [".css", ".html", ".svg"])).map((path) =>
  path.slice(PAGE.length + 1)
);

async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}

Deno.test("no text becomes markup or code, nothing comes from outside, all is type-checked", async () => {
  assert(scripts.length > 30, `${scripts.length} scripts`);
  for (const path of [...scripts, ...others]) {
    const source = await readFile(`${PAGE}/${path}`);
    assertEquals(FORBIDDEN.exec(source)?.[0], undefined, path);
    if (path.endsWith(".js")) assert(source.startsWith("// @ts-check\n"), path);
  }
  assert(FORBIDDEN.test("a.innerHTML = b"));
});

Deno.test("the page weighs less than 150 KB compressed", async () => {
  let sum = 0;
  for (const path of [...scripts, ...others, ...VENDOR.map((name) => `vendor/${name}`)]) {
    sum += await gzipped((await readAsset(path))!.body);
  }
  const line = `the page: ${(sum / 1_000).toFixed(1)} KB compressed
`;
  await writeAll(Deno.stdout, new TextEncoder().encode(line));
  assert(sum > 20_000 && sum < MAX_BYTES, `${sum} bytes`);
});

Deno.test("what modules import is a file of the page", async () => {
  const imports = /(?:from\s*|import\s*\(?\s*)"([^"]+)"/g;
  for (const path of [...scripts, "vendor/hooks.js"]) {
    const source = new TextDecoder().decode((await readAsset(path))!.body)
      .replace(/\/\*[^]*?\*\//g, "");
    for (const [, name] of source.matchAll(imports)) {
      const target = new URL(name!, `http://page/${path}`).pathname.slice(1);
      assert(/^\.\.?\//.test(name!), `${path} imports ${name}`);
      assert(await readAsset(target) !== undefined, `${path} imports ${name}`);
    }
  }
});

Deno.test("what index.html names is a file of the page", async () => {
  const html = await readFile(`${PAGE}/index.html`);
  const names = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, name]) => name!);
  assert(names.length > 8);
  for (const name of names) assert(await readAsset(name) !== undefined, name);
});

Deno.test("a path that is no file of the page is none", async () => {
  const paths = [
    "",
    "../assets.ts",
    "views/../app.js",
    "app.ts",
    "vendor/none.js",
    "views",
    "%2e",
    "a/b/c/d.js",
  ];
  for (const path of [...paths, "/app.js", "vendor/constructor", "none.js", "app.js\0"]) {
    assertEquals(await readAsset(path), undefined, path);
  }
});

Deno.test("the page asks for routes that there are, and has the series in their order", async () => {
  const routes = new Set(Object.values(COMMANDS).map(({ route }) => route as string | undefined));
  const found: string[] = [];
  for (const path of scripts) {
    const source = await readFile(`${PAGE}/${path}`);
    const note = (method: string, route: string) => found.push(`${method} /${route}`);
    for (
      const [, route] of source.matchAll(
        /(?<![.\w])(?:get|list|follow|getIfThere)\((?:route\()?"([^"]+)"/g,
      )
    ) {
      if (route !== "me") note("GET", route!);
    }
    for (const [, route] of source.matchAll(/<\$\{Listing\}\s+path="([^"]+)"/g)) {
      note("GET", route!);
    }
    const changes = /\b(?:api|act)\([^"]*"(POST|PUT|DELETE)",\s*(?:route\()?"([^"]+)"/g;
    for (const [, method, route] of source.matchAll(changes)) note(method!, route!);
  }
  assert(found.length > 30, found.join("\n"));
  assertEquals(found.filter((route) => !routes.has(route)), []);
  assertEquals(SHOWN, [...SERIES]);
});

Deno.test("every view has an address, a key and a module of its own", async () => {
  assertEquals(new Set(VIEWS.map(({ name }) => name)).size, VIEWS.length);
  assertEquals(new Set(VIEWS.map(({ key }) => key)).size, VIEWS.length);
  for (const { name } of VIEWS) assert(await readAsset(`views/${name}.js`) !== undefined, name);
});

Deno.test("all that the page's beginning imports is preloaded, and nothing else", async () => {
  const text = async (path: string) => new TextDecoder().decode((await readAsset(path))!.body);
  const needed = new Set(["app.js"]);
  for (const path of needed) {
    if (path.startsWith("vendor/")) continue;
    for (const [, from] of (await text(path)).matchAll(/^(?:import|\} from)\b[^;("]*"([^"]+)"/gm)) {
      needed.add(new URL(from!, `file:///${path}`).pathname.slice(1));
    }
  }
  needed.delete("app.js");
  const preloaded = (await text("index.html")).matchAll(/rel="modulepreload" href="([^"]+)"/g);
  assertEquals([...preloaded].map(([, path]) => path!).sort(), [...needed].sort());
});
