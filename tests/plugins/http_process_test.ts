/** http in a process of its own, with no more permissions than `deno task start` gives. */
import { assertEquals, assertMatch } from "@std/assert";
import { certAndKey, certPath } from "../support/certs.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawHttpServer, response } from "../support/raw_http_server.ts";
import { RawClient } from "../support/raw_client.ts";

const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-sys=systemMemoryInfo"];

Deno.test("HTTPS with an authority of one's own and without verification: net and read will do", async (t) => {
  for (const tls of [{ cafile: certPath("ca.pem") }, { verify: false }]) {
    await t.step(JSON.stringify(Object.keys(tls)), async () => {
      await using server = new RawHttpServer(() => response(200), certAndKey("server"));
      await using folder = new TempFolder();
      const http = { auth_req: { url: server.url("/auth", "https") }, tls };
      const config = { listeners: { default: { bind: "127.0.0.1:0" } }, plugins: { http } };
      const file = folder.write("c.yaml", JSON.stringify(config));
      await using midge = await MidgeProcess.start(["-c", file], { permissions: PERMISSIONS });
      const address = { hostname: "127.0.0.1", port: midge.port };
      await using _client = await RawClient.open(address, { username: "ann", password: "pw" });
      assertEquals(server.requests.length, 1);
    });
  }
});

Deno.test("midge check warns about a GET that carries a password", async () => {
  await using folder = new TempFolder();
  const plugins = { http: { auth_req: { url: "http://h.example/auth", method: "get" } } };
  const file = folder.write("c.yaml", JSON.stringify({ plugins }));
  const { code, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stderr.length], [0, 1]);
  assertMatch(stderr[0]!, /GET http:\/\/h\.example\/auth: a GET carries %P/);
});
