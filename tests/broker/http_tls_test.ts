/** HTTPS of plugins: certificates that are replaced are shown at once, and TLS may come and go with a reload. */
import { assertEquals, assertMatch } from "@std/assert";
import { connect, type TLSSocket } from "node:tls";
import type { BrokerOptions } from "../../mod.ts";
import { optionalTest } from "../support/optional.ts";
import { bodyOf, type PagePlugin, pagePlugin } from "../support/page_plugin.ts";
import { freePort } from "../services/free_port.ts";
import { missingOpenssl, type Pki } from "../support/pki.ts";
import { RawClient, within } from "../support/raw_client.ts";
import { serverOf, TlsBroker, tlsPki } from "../support/tls_broker.ts";

function tlsTest(title: string, run: (pki: Pki) => Promise<void>): void {
  optionalTest(missingOpenssl(), title, async () => {
    using pki = await tlsPki();
    await serverOf(pki, "new", "new.example");
    await run(pki);
  });
}

const filesOf = (pki: Pki) => ({
  certfile: `${pki.folder}/server.pem`,
  keyfile: `${pki.folder}/server.key`,
});

function optionsOf({ plugin }: PagePlugin): BrokerOptions {
  return { plugins: { auth_anonymous: null, page: plugin } as BrokerOptions["plugins"] & object };
}

const says = (text: string) => ({ isSecure, request }: { isSecure: boolean; request: Request }) =>
  new Response(`${text} ${isSecure} ${new URL(request.url).protocol}`);

/** What a server shows and answers on a connection of its own. */
async function askTls(pki: Pki, port: number): Promise<[name: string | undefined, body: string]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ca = pki.read("root.pem");
  const socket: TLSSocket = connect({ port, host: "127.0.0.1", ca, rejectUnauthorized: false });
  let text = "";
  let name: string | undefined;
  socket.on("secureConnect", () => name = socket.getPeerCertificate().subjectaltname);
  socket.on("data", (piece) => text += piece).on("error", reject).on("close", () => resolve(text));
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const [, body = ""] = (await within(promise, "an answer")).split("\r\n\r\n");
  return [name, body];
}

tlsTest(
  "a page over TLS, and its certificate follows its file, at a reload and by itself",
  async (pki) => {
    const page = pagePlugin({ bind: "127.0.0.1:0", ...filesOf(pki) }, says("page"));
    await using it = await TlsBroker.start(pki, {}, optionsOf(page));
    const { url, port } = page.server!;
    assertEquals(url, `https://127.0.0.1:${port}`);
    assertEquals(await askTls(pki, port), ["DNS:localhost", "page true https:"]);
    await Deno.copyFile(`${pki.folder}/new.pem`, filesOf(pki).certfile);
    const { problems } = await it.reload({}, optionsOf(page));
    assertEquals(problems.some((line) => line.startsWith("plugins.page.keyfile: ")), true);
    assertEquals((await askTls(pki, port))[0], "DNS:localhost", "half of a pair is not used");
    await Deno.copyFile(`${pki.folder}/new.key`, filesOf(pki).keyfile);
    const again = await it.reload({}, optionsOf(page));
    assertEquals(again.problems, []);
    assertEquals((await askTls(pki, port))[0], "DNS:new.example");
  },
);

tlsTest("a handshake that does not end is closed after ten seconds", async (pki) => {
  const page = pagePlugin({ bind: "127.0.0.1:0", ...filesOf(pki) }, says("page"));
  await using it = await TlsBroker.start(pki, {}, optionsOf(page));
  await using silent = await RawClient.dial({ hostname: "127.0.0.1", port: page.server!.port });
  await askTls(pki, page.server!.port); // behind it the silent one is known too
  for (let i = 0; i < 12; i++) it.clock.advance(1000);
  await silent.expectClosed();
});

tlsTest("plain HTTP to a port with TLS is told so", async (pki) => {
  const page = pagePlugin({ bind: "127.0.0.1:0", ...filesOf(pki) }, says("page"));
  await using _it = await TlsBroker.start(pki, {}, optionsOf(page));
  const { port } = page.server!;
  assertEquals(await bodyOf(port), "This port speaks HTTPS: use https://\n");
  assertEquals((await askTls(pki, port))[1], "page true https:");
});

tlsTest(
  "TLS is put on, and off, by a plugin that is set up anew; where that fails all is as before",
  async (pki) => {
    const bind = `127.0.0.1:${freePort()}`;
    const plain = pagePlugin({ bind }, says("plain"));
    await using it = await TlsBroker.start(pki, {}, optionsOf(plain));
    const { port } = plain.server!;
    assertEquals(await bodyOf(port), "plain false http:");
    await it.reload({}, optionsOf(pagePlugin({ bind, ...filesOf(pki) }, says("tls"))));
    assertEquals(await askTls(pki, port), ["DNS:localhost", "tls true https:"]);
    const missing = { ...filesOf(pki), certfile: `${pki.folder}/none.pem` };
    const bad = pagePlugin({ bind, ...missing }, says("bad"));
    const refused = await it.reload({}, optionsOf(bad)).catch((cause: Error) => cause.message);
    assertMatch(String(refused), /^plugins\.page\.certfile: \S+none\.pem: no such file/);
    assertEquals((await askTls(pki, port))[1], "tls true https:");
    const torn = pagePlugin({ bind }, says("torn"), () => {
      throw new Error("torn");
    });
    await it.reload({}, optionsOf(torn)).catch(() => {});
    assertEquals((await askTls(pki, port))[1], "tls true https:");
    await it.reload({}, optionsOf(pagePlugin({ bind }, says("plain again"))));
    assertEquals(await bodyOf(port), "plain again false http:");
  },
);
