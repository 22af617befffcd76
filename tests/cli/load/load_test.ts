/** The load generator as compare.ts runs it: a process that loads a broker and prints JSON. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Broker } from "../../../lib/broker/life/broker.ts";
import { LoadConnection } from "../../../lib/cli/load/connection.ts";
import type { ByteStream } from "../../../lib/net/stream.ts";

const GENERATOR = new URL("../../../bench/load/main.ts", import.meta.url).href;

async function generate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", GENERATOR, ...args],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

const RATES = ["pairs-qos0", "pairs-qos1", "pairs-qos2", "kept-qos1", "topics", "fanout", "spread"];
for (const load of RATES) {
  Deno.test(`${load}: everything that was published arrives`, async () => {
    await using broker = new Broker({
      listeners: { default: { bind: "127.0.0.1:0" } },
      plugins: { auth_anonymous: null },
    });
    await broker.start();
    const address = `127.0.0.1:${broker.listeners[0]?.port}`;
    const { code, out, err } = await generate(load, address, "--duration=200", "--warm-up=50");
    assertEquals({ code, err }, { code: 0, err: "" });
    const { rate, lost } = JSON.parse(out) as { rate: number; lost: number };
    assertEquals({ lost, delivered: rate > 0 }, { lost: 0, delivered: true });
  });
}

Deno.test("an unknown load and a bad address are one line on standard error", async () => {
  const unknown = await generate("pears", "127.0.0.1:1");
  assertEquals(unknown.code, 2);
  assertMatch(unknown.err, /^load: expected one of: pairs-qos0, .*\n$/);
  const bad = await generate("fanout", "nowhere");
  assertEquals(bad, { code: 2, out: "", err: "load: broker nowhere: expected HOST:PORT\n" });
});

Deno.test("a broker that has gone is named whatever the system calls it, in a read and in a write", async () => {
  const gone = [Deno.errors.BrokenPipe, Deno.errors.ConnectionReset];
  for (const Gone of gone) {
    for (const fails of ["read", "write"] as const) {
      const stream: ByteStream = {
        read: () => fails === "read" ? Promise.reject(new Gone("os error")) : new Promise(() => {}),
        write: ({ length }) =>
          fails === "write" ? Promise.reject(new Gone("os error")) : Promise.resolve(length),
        close: () => {},
      };
      const opening = LoadConnection.open({ dial: () => Promise.resolve(stream) }, "c");
      const { message } = await assertRejects(() => opening, Error);
      assertEquals(message, "the broker closed a connection", `${Gone.name} in a ${fails}`);
    }
  }
});
