/** The files of a certificate: what counts, and what does not. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Certified, makePlaceholder } from "../../lib/acme/certificates.ts";
import { CertificateStore } from "../../lib/acme/store.ts";
import { UserError } from "../../lib/user_error.ts";
import { DataDir } from "./stage.ts";

const NOW = Date.UTC(2026, 10, 27);

async function stored(dataDir: DataDir): Promise<[CertificateStore, Certified]> {
  const store = new CertificateStore(`${dataDir.path}/a/b`);
  await store.prepare();
  const certified = await makePlaceholder(["a.test"], NOW);
  await store.write(certified, true);
  return [store, certified];
}

Deno.test("acme: what is written is read", async () => {
  await using dataDir = new DataDir();
  const [store, { from, until, certificate, key }] = await stored(dataDir);
  assertEquals(await store.read(), { domains: ["a.test"], from, until, isPlaceholder: true });
  assertEquals(await Deno.readTextFile(`${store.folder}/cert.pem`), certificate);
  assertEquals(await Deno.readTextFile(`${store.folder}/key.pem`), key);
  const names = [...Deno.readDirSync(store.folder)].map(({ name }) => name).sort();
  assertEquals(names, ["cert.pem", "key.pem", "state.json"]);
});

Deno.test("acme: files that do not belong together count as none", async () => {
  await using dataDir = new DataDir();
  const [store] = await stored(dataDir);
  const path = (name: string) => `${store.folder}/${name}`;
  const state = JSON.parse(await Deno.readTextFile(path("state.json")));
  const wrong: readonly [name: string, text: string][] = [
    ["cert.pem", ""],
    ["key.pem", (await makePlaceholder(["a.test"], NOW)).key],
    ["state.json", "{"],
    ["state.json", "null"],
    ["state.json", JSON.stringify({ ...state, domains: "a.test" })],
    ["state.json", JSON.stringify({ ...state, until: "soon" })],
    ["state.json", JSON.stringify({ ...state, digest: undefined })],
  ];
  for (const [name, text] of wrong) {
    const before = await Deno.readTextFile(path(name));
    await Deno.writeTextFile(path(name), text);
    assertEquals(await store.read(), undefined, `${name}: ${text}`);
    await Deno.writeTextFile(path(name), before);
  }
  await Deno.remove(path("key.pem"));
  assertEquals(await store.read(), undefined);
});

Deno.test("acme: a write that fails replaces nothing", async () => {
  await using dataDir = new DataDir();
  const [store, { certificate, key }] = await stored(dataDir);
  const other = await makePlaceholder(["a.test"], NOW);
  await assertRejects(() => store.write({ ...other, from: NaN }, false), RangeError);
  assertEquals(await Deno.readTextFile(`${store.folder}/cert.pem`), certificate);
  assertEquals(await Deno.readTextFile(`${store.folder}/key.pem`), key);
  await Deno.remove(store.folder, { recursive: true });
  await assertRejects(
    () => store.write(other, false),
    UserError,
    `${store.folder}: cannot be written: its folder is not there`,
  );
});
