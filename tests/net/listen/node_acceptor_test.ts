/** Accepting sockets of node:net: a shortage of file descriptors is survived, and said once. */
import { assertEquals } from "@std/assert";
import type { Socket } from "node:net";
import { NodeAcceptor } from "../../../lib/net/listen/node_acceptor.ts";
import { within } from "../../support/raw_client.ts";

const MODULE = new URL("../../../lib/net/listen/node_acceptor.ts", import.meta.url).href;

/** Accepts with 60 descriptors, ends all that it has after a while, and says what it saw. */
const PROGRAM = `
import { NodeAcceptor } from ${JSON.stringify(MODULE)};
const acceptor = await NodeAcceptor.open("127.0.0.1", 0);
const open = new Set();
let accepted = 0;
void acceptor.run((socket) => { open.add(socket); if (++accepted === 100) console.log("accepted all"); },
  (cause) => { console.log("failed " + cause.code); setTimeout(() => { for (const one of open) one.destroy(); open.clear(); }, 300); });
Deno.addSignalListener("SIGUSR1", () => {}); // Deno makes what it needs for signals while there is room
console.log("port " + acceptor.bound.port);
`;

Deno.test({
  name: "connections over the limit of descriptors are accepted when there is room again",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(file, PROGRAM);
    const deno = Deno.execPath();
    const child = new Deno.Command("bash", {
      args: ["-c", `ulimit -n 60; exec '${deno}' run --no-check -A '${file}'`],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = linesOf(child.stdout);
    const port = Number((await within(lines.next(), "the port")).value?.slice(5));
    const dials = Array.from({ length: 100 }, () => Deno.connect({ hostname: "127.0.0.1", port }));
    const clients = await Promise.all(dials);
    assertEquals((await within(lines.next(), "the failure")).value, "failed EMFILE");
    let line = "failed EMFILE"; // there may be several shortages, one behind the other
    while (line === "failed EMFILE") {
      line = String((await within(lines.next(), "the others")).value);
    }
    assertEquals(line, "accepted all");
    for (const client of clients) client.close();
    await lines.return();
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(file);
  },
});

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) {
    const lines = (rest + String(text)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

Deno.test("a failure is said once while it lasts, and the address is told as it was bound", async () => {
  let cause: Error | undefined = new Error("no room");
  const acceptor = await NodeAcceptor.open("127.0.0.1", 0, () => cause);
  const failed: unknown[] = [];
  const twice = Promise.withResolvers<void>();
  const sockets: Socket[] = [];
  const running = acceptor.run((socket) => {
    sockets.push(socket);
    throw new Error("not taken");
  }, (one) => {
    failed.push(one);
    if (failed.length === 2) twice.resolve();
  });
  const client = await Deno.connect({ hostname: "127.0.0.1", port: acceptor.bound.port });
  assertEquals(await client.read(new Uint8Array(1)), null, "what the owner cannot take is ended");
  client.close();
  await within(twice.promise, "the shortage");
  assertEquals(failed.map(String), ["Error: not taken", "Error: no room"]);
  cause = undefined;
  acceptor.close();
  acceptor.close();
  await running;
});
