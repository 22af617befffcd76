/** The endpoint: who can reach it, what it replaces, what it leaves behind. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openEndpoint } from "../../lib/manage/endpoint.ts";
import { addressIn, ask } from "../../lib/manage/client.ts";
import { readEndpointFile } from "../../lib/manage/endpoint_file.ts";
import { TempFolder } from "../support/midge_process.ts";
import { RawPeer, TestServer } from "./support.ts";
import { UserError } from "../../lib/user_error.ts";

const unix = (path: string) => ({ kind: "unix", path } as const);

function tcp(endpointFile: string | undefined, token?: string) {
  return { kind: "tcp", hostname: "127.0.0.1", port: 0, token, endpointFile } as const;
}

function modeOf(path: string): string {
  return (Deno.statSync(path).mode! & 0o777).toString(8);
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** The socket file of a process that has died: an orderly close would have removed it. */
function leaveStaleSocket(path: string): void {
  const listener = Deno.listen({ transport: "unix", path: `${path}.draft` });
  Deno.renameSync(`${path}.draft`, path);
  listener.close();
}

Deno.test("a socket file for its user alone, its folder made, gone when it is closed", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/data/midge.sock`;
  const endpoint = await openEndpoint(unix(path));
  assertEquals([modeOf(path), endpoint.where, endpoint.token], ["600", path, undefined]);
  assertEquals(namesIn(`${folder.path}/data`), ["midge.sock"]);
  endpoint.close();
  assertEquals(namesIn(`${folder.path}/data`), []);
});

Deno.test("the socket file of a dead process is replaced", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  leaveStaleSocket(path);
  assert(Deno.statSync(path).isSocket);
  const endpoint = await openEndpoint(unix(path));
  assertEquals(modeOf(path), "600");
  const accepted = endpoint.listener.accept();
  using _peer = await RawPeer.dial(path);
  (await accepted).close();
  endpoint.close();
});

Deno.test("the socket file of a living process stays", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  const first = await openEndpoint(unix(path));
  const error = await assertRejects(() => openEndpoint(unix(path)), UserError);
  assertEquals(error.problems, [
    `management.path: ${path} belongs to a running broker; give each broker a path of its own`,
  ]);
  assertEquals(namesIn(folder.path), ["m.sock"]);
  first.close();
});

Deno.test("what is no socket file stays as it is", async () => {
  await using folder = new TempFolder();
  const path = folder.write("m.sock", "precious");
  await assertRejects(() => openEndpoint(unix(path)), UserError, "is no socket file");
  assertEquals(folder.read("m.sock"), "precious");
});

Deno.test("closing leaves the file of whoever came after", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  const first = await openEndpoint(unix(path));
  Deno.removeSync(path);
  const second = await openEndpoint(unix(path));
  first.close();
  assert(Deno.statSync(path).isSocket);
  second.close();
});

Deno.test("a path that is too long for a socket leaves nothing behind", async () => {
  await using folder = new TempFolder();
  const inside = `${folder.path}/${"x".repeat(100)}`;
  await assertRejects(() => openEndpoint(unix(`${inside}/m.sock`)), TypeError, "SUN_LEN");
  assertEquals(namesIn(inside), []);
});

Deno.test("a port: the token and the address in a file for this user alone, gone when it is closed", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/data/management.json`;
  await using it = await TestServer.start(tcp(path), () => "pong");
  assertEquals(modeOf(path), "600");
  const file = await readEndpointFile(path);
  assertEquals(it.where, `127.0.0.1:${file.port}`);
  assert(file.token.length >= 64);
  assertEquals(await ask(await addressIn(tcp(path)), "ping", {}), "pong");
  await it.server.close();
  assertEquals(namesIn(`${folder.path}/data`), []);
  const error = await assertRejects(() => addressIn(tcp(path)), UserError);
  assertEquals(
    error.message,
    `no broker runs with this configuration: ${path}: it is not there`,
  );
});

Deno.test("a port: without the token, or with another, nothing is done", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/management.json`;
  let done = 0;
  await using _it = await TestServer.start(tcp(path), () => done++);
  const { port, token } = await readEndpointFile(path);
  const other = token.replace(/^./, (first) => first === "0" ? "1" : "0");
  for (const wrong of [undefined, "", other, token + "0", token.slice(1)]) {
    using peer = await RawPeer.dialPort(port);
    await peer.say({ v: 1, id: 5, command: "ping", token: wrong });
    assertEquals(await peer.hear(), {
      id: 5,
      ok: false,
      error: "the token is missing or wrong",
    });
    await peer.closed();
  }
  assertEquals(done, 0);
});

Deno.test("a port: a given token needs no file", async () => {
  const token = "0123456789abcdef";
  await using it = await TestServer.start(tcp(undefined, token), () => "pong");
  const port = Number(it.where.split(":")[1]);
  assertEquals(await ask(await addressIn({ ...tcp(undefined, token), port }), "x", {}), "pong");
});

Deno.test("a port: the file of a living broker stays, that of a dead one is replaced", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/management.json`;
  const first = await TestServer.start(tcp(path), () => "pong");
  const text = folder.read("management.json");
  await assertRejects(() => openEndpoint(tcp(path)), UserError, "belongs to a running broker");
  assertEquals(folder.read("management.json"), text);
  await first.server.close();
  for (const left of [text, "no JSON"]) {
    folder.write("management.json", left);
    const second = await openEndpoint(tcp(path));
    assertEquals((await readEndpointFile(path)).token, second.token);
    second.close();
  }
});

Deno.test("a port that is taken is an error that names it", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const config = { ...tcp(undefined, "0123456789abcdef"), port };
  const error = await assertRejects(() => openEndpoint(config), UserError);
  assertEquals(error.problems, [
    `management.bind: 127.0.0.1:${port} is taken by another process`,
  ]);
});
