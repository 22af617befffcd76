/** The loop of every listener: what makes it pause, what is said, and that nothing ends it but its owner. */
import { assertEquals } from "@std/assert";
import { AcceptLoop } from "../../../lib/net/listen/accept_loop.ts";
import { TcpListener } from "../../../lib/net/listen/tcp.ts";
import { RawPeer, TestServer } from "../../manage/support.ts";
import { RawClient } from "../../support/raw_client.ts";
import { turn, until } from "../../support/until.ts";

const RESETS = 50;

function failureOf(code: string): Error {
  return Object.assign(new Error(`the system says ${code}`), { code });
}

/** A listener that fails so, then has one connection, then nothing more. */
function script(...failures: Error[]) {
  const never = Promise.withResolvers<{ close(): void }>();
  never.promise.catch(() => {}); // the loop may be in a pause, and not wait for it
  const answers = [...failures];
  let hasCome = false;
  return {
    accept(): Promise<{ close(): void }> {
      const failure = answers.shift();
      if (failure !== undefined) return Promise.reject(failure);
      if (hasCome) return never.promise;
      hasCome = true;
      return Promise.resolve({ close() {} });
    },
    /** Ends the accept that waits. */
    end: () => never.reject(failureOf("EBADF")),
  };
}

/** Runs a loop over these failures; how many connections came within one turn, and what was said. */
async function oneTurn(...failures: Error[]) {
  const listener = script(...failures);
  const loop = new AcceptLoop(listener);
  let taken = 0;
  const said: unknown[] = [];
  const running = loop.run(() => void taken++, (cause) => said.push(cause));
  await turn();
  const seen = { taken, said: said.length };
  loop.stop();
  listener.end();
  await running;
  return seen;
}

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
  Deno.test(`${code} makes the loop pause, and is said`, async () => {
    assertEquals(await oneTurn(failureOf(code)), { taken: 0, said: 1 });
  });
}

for (const code of ["ENOTCONN", "ECONNABORTED", "ECONNRESET"]) {
  Deno.test(`${code} is a peer's: no pause, and not a word`, async () => {
    const failures = Array.from({ length: RESETS }, () => failureOf(code));
    assertEquals(await oneTurn(...failures), { taken: 1, said: 0 });
  });
}

Deno.test("Deno's own class of a peer that is gone is one too", async () => {
  assertEquals(await oneTurn(new Deno.errors.NotConnected("gone")), { taken: 1, said: 0 });
});

Deno.test("what no one has heard of is said once, and costs no pause", async () => {
  const failures = Array.from({ length: RESETS }, () => failureOf("EWHATEVER"));
  assertEquals(await oneTurn(...failures), { taken: 1, said: 1 });
});

Deno.test("a listener that only fails leaves timers their turn, and can be stopped", async () => {
  const loop = new AcceptLoop({ accept: () => Promise.reject(failureOf("EWHATEVER")) });
  const running = loop.run(() => {}, () => {});
  for (let i = 0; i < 10; i++) await turn();
  loop.stop();
  await running;
});

Deno.test("connections without end leave those that are open their turn", async () => {
  const loop = new AcceptLoop({ accept: () => Promise.resolve({ close() {} }) });
  let taken = 0;
  const running = loop.run(() => void taken++, () => {});
  for (let i = 0; i < 10; i++) await turn();
  loop.stop();
  await running;
  assertEquals(taken > 100, true, `${taken}`);
});

/** Runs in a process of its own: connects to the port that many times, and resets at once. */
const RESETTING = `
import { connect } from "node:net";
const [port, times] = Deno.args.map(Number);
for (let i = 0; i < times; i++) {
  await new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => socket.resetAndDestroy());
    socket.on("error", () => {}).on("close", done);
  });
}`;

/** Waits without a turn of this event loop, so that every connection is gone before it is accepted. */
function resetBeforeAccept(port: number, times: number): void {
  const args = ["eval", RESETTING, `${port}`, `${times}`];
  const { success } = new Deno.Command(Deno.execPath(), { args, stdin: "null" }).outputSync();
  assertEquals(success, true);
}

Deno.test("fifty resets before a login: the next client of a listener is accepted", async () => {
  const listener = new TcpListener("127.0.0.1", 0);
  const ports: number[] = [];
  const failures: unknown[] = [];
  const running = listener.run(({ stream, peer }) => {
    ports.push(peer.port);
    stream.close();
  }, (cause) => failures.push(cause));
  resetBeforeAccept(listener.port, RESETS);
  await using client = await RawClient.dial({ hostname: "127.0.0.1", port: listener.port });
  await until(() => ports.includes(client.localAddress.port), "the client behind the resets");
  assertEquals(failures, []);
  listener.close();
  await running;
});

Deno.test("fifty resets: the next client of the management server is answered", async () => {
  await using it = await TestServer.start(
    { kind: "tcp", hostname: "127.0.0.1", port: 0, token: "t", endpointFile: undefined },
    () => "here",
  );
  const port = Number(it.where.split(":").at(-1));
  resetBeforeAccept(port, RESETS);
  using peer = await RawPeer.dialPort(port);
  await peer.say({ v: 1, id: 1, command: "a", token: "t" });
  assertEquals(await peer.hear(), { id: 1, ok: true, result: "here" });
  assertEquals(it.log.filter((line) => line.includes("accept")), []);
});
