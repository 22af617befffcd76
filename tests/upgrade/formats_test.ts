/** Every form of a file that Midge writes says its version: an older one is read, a newer one is refused by name. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { CertificateStore } from "../../lib/acme/store.ts";
import { parseBans } from "../../lib/bans/ban_file.ts";
import { Tokens } from "../../lib/broker/face/tokens.ts";
import { newerFormat } from "../../lib/formats.ts";
import { ask } from "../../lib/manage/client.ts";
import { readEndpointFile } from "../../lib/manage/endpoint_file.ts";
import { request } from "../../lib/manage/remote.ts";
import {
  decodeHeader,
  encodeHeader,
  SEGMENT_HEADER_SIZE,
} from "../../lib/storage/files/segment.ts";
import { UserError } from "../../lib/user_error.ts";
import { VERSION } from "../../lib/version.ts";
import { LineReader } from "../../lib/manage/lines.ts";
import { TempFolder } from "../support/midge_process.ts";

const NEWER = `written by Midge 0.9.0 (format 2); this is ${VERSION}, which reads up to 1: ` +
  "run Midge 0.9.0 or a newer one, or restore a backup made before the upgrade";
const HEAD = '"version": 2, "midge": "0.9.0"';

Deno.test("the line names who wrote it where that is known, and what to do in any case", () => {
  assertEquals(newerFormat(2, 1, "0.9.0"), NEWER);
  assertEquals(
    newerFormat(4, 3, undefined, "schema"),
    `written by a newer Midge (schema 4); this is ${VERSION}, which reads up to 3: run that one or a newer one, ` +
      "or restore a backup made before the upgrade",
  );
  assertMatch(newerFormat(2, 1, "\x1b[31m")!, /^written by a newer Midge \(format 2\)/);
  for (const same of [1, 0, undefined, null, "2"]) assertEquals(newerFormat(same, 1), undefined);
});

Deno.test("a segment says which Midge wrote it; one of before does not, and is read", () => {
  const bytes = new Uint8Array(SEGMENT_HEADER_SIZE);
  const header = { schema: 1, number: 1, base: 1, first: 1, after: 0, id: new Uint8Array(16) };
  encodeHeader(bytes, header);
  assertEquals(decodeHeader(bytes)?.writer, VERSION);
  encodeHeader(bytes, { ...header, writer: "12.34.5678" });
  assertEquals(decodeHeader(bytes)?.writer, "12.34.5678");
  encodeHeader(bytes, { ...header, writer: "0.0.0" });
  assertEquals(decodeHeader(bytes)?.writer, undefined);
});

Deno.test("tokens.json: a newer one is refused, kept as it is, and lets no one in", async () => {
  await using folder = new TempFolder();
  const text = `{${HEAD}, "tokens": {}}`;
  folder.write("tokens.json", text);
  const tokens = new Tokens(folder.path, { epoch: () => 0 });
  const { message } = await assertRejects(() => tokens.make({}), UserError);
  assertEquals(message, `${folder.path}/tokens.json: ${NEWER}`);
  assertEquals(folder.read("tokens.json"), text);
});

Deno.test("tokens.json: what is written says its form, which one of before could read", async () => {
  await using folder = new TempFolder();
  folder.write("tokens.json", '{"tokens": []}');
  const tokens = new Tokens(folder.path, { epoch: () => 0 });
  const { token } = await tokens.make({ name: "n" });
  const { version, midge, tokens: rows } = JSON.parse(folder.read("tokens.json"));
  assertEquals([version, midge, rows.length], [1, VERSION, 1]);
  assertEquals((await new Tokens(folder.path, { epoch: () => 0 }).holderOf(token))?.name, "n");
});

Deno.test("bans.yaml: a newer one is refused", () => {
  const text = 'version: 2\nmidge: "0.9.0"\nbans: []\n';
  const { message } = thrownBy(() => parseBans(text, "bans.yaml", 0));
  assertEquals(message, `bans.yaml: ${NEWER}`);
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it threw nothing");
}

Deno.test("state.json of ACME: a newer one is refused, and its certificate stays", async () => {
  await using folder = new TempFolder();
  const text = `{${HEAD}, "names": ["a.example"]}`;
  folder.write("state.json", text);
  const error = await assertRejects(() => new CertificateStore(folder.path).prepare(), UserError);
  assertEquals(error.message, `${folder.path}/state.json: ${NEWER}`);
  assertEquals(folder.read("state.json"), text);
});

Deno.test("management.json: a newer one is no address", async () => {
  await using folder = new TempFolder();
  const path = folder.write("management.json", '{"version": 2, "where": "elsewhere"}');
  const { message } = await assertRejects(() => readEndpointFile(path), TypeError);
  assertStringIncludes(message, "written by a newer Midge (format 2)");
});

/** A broker that answers one request with these words. */
async function answering(error: string, talk: (port: number) => Promise<void>): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using connection = await listener.accept();
    await new LineReader(connection, 1 << 20).next();
    await connection.write(
      new TextEncoder().encode(JSON.stringify({ id: 1, ok: false, error }) + "\n"),
    );
  })();
  await talk(listener.addr.port);
  await serving;
}

function at(port: number) {
  return { kind: "tcp", hostname: "127.0.0.1", port, token: "t" } as const;
}

Deno.test("a broker of a newer management protocol is named to midge ctl", async () => {
  await answering("v is 1; expected 2", async (port) => {
    const { message } = await assertRejects(() => ask(at(port), "ping", {}), UserError);
    assertEquals(
      message,
      `the broker speaks version 2 of the management protocol, and this midge (${VERSION}) version 1: ` +
        "use the midge that the broker was started with",
    );
  });
});

Deno.test("a broker that does not know a command yet is named, too", async () => {
  await answering('unknown command "storage"; known commands: ping', async (port) => {
    const { message } = await assertRejects(() => request(at(port), "storage", {}), UserError);
    assertEquals(
      message,
      `the broker does not know storage: it was started by an older Midge than this one (${VERSION}); ` +
        "restart it, or use the midge that it was started with",
    );
  });
});
