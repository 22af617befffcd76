/** Accepting: single failures do not end it, and closing does. */
import { assertEquals } from "@std/assert";
import type { Incoming } from "../../../lib/net/listen/listener.ts";
import { TcpListener } from "../../../lib/net/listen/tcp.ts";
import { RawClient } from "../../support/raw_client.ts";
import { turn, until } from "../../support/until.ts";

const TOO_MANY_FILES = Object.assign(new Error("Too many open files (os error 24)"), {
  code: "EMFILE",
});

/** Deno.listen gives listeners that were changed so; put back by disposing. */
function listenWith(change: (listener: Deno.TcpListener) => void): Disposable {
  const original = Deno.listen;
  const listen = (options: Deno.TcpListenOptions & { transport?: "tcp" }) => {
    const listener = original(options);
    change(listener);
    return listener;
  };
  Deno.listen = listen as typeof Deno.listen;
  return { [Symbol.dispose]: () => void (Deno.listen = original) };
}

/** The first accepts fail so. */
function failingAccepts(...failures: Error[]): Disposable {
  return listenWith((listener) => {
    const accept = listener.accept.bind(listener);
    listener.accept = () => {
      const failure = failures.shift();
      return failure === undefined ? accept() : Promise.reject(failure);
    };
  });
}

function serve(listener: TcpListener) {
  const accepted: Incoming[] = [];
  const failures: unknown[] = [];
  const running = listener.run((one) => accepted.push(one), (cause) => failures.push(cause));
  const close = async () => {
    listener.close();
    await running;
    for (const { stream } of accepted) stream.close();
  };
  return { accepted, failures, close };
}

Deno.test("accepts survive a run of failures, which is reported once", async () => {
  using _ = failingAccepts(TOO_MANY_FILES, TOO_MANY_FILES);
  const listener = new TcpListener("127.0.0.1", 0);
  const { accepted, failures, close } = serve(listener);
  await using _client = await RawClient.dial({ hostname: "127.0.0.1", port: listener.port });
  await until(() => accepted.length === 1, "the connection behind the failures");
  assertEquals(failures, [TOO_MANY_FILES]);
  await close();
});

Deno.test("closing ends the pause after a failure", async () => {
  using _ = failingAccepts(TOO_MANY_FILES);
  const { failures, close } = serve(new TcpListener("127.0.0.1", 0));
  await until(() => failures.length === 1, "the failure");
  await close();
});

Deno.test("an owner that fails with a connection is no failure to accept", async () => {
  const listener = new TcpListener("127.0.0.1", 0);
  const failures: unknown[] = [];
  let isFirst = true;
  const accepted: Incoming[] = [];
  const running = listener.run((one) => {
    if (!isFirst) return void accepted.push(one);
    isFirst = false;
    throw new TypeError("a mistake");
  }, (cause) => failures.push(cause));
  await using first = await RawClient.dial({ hostname: "127.0.0.1", port: listener.port });
  await first.expectClosed();
  await using _second = await RawClient.dial({ hostname: "127.0.0.1", port: listener.port });
  await until(() => accepted.length === 1, "the second connection");
  assertEquals(failures.length, 1);
  listener.close();
  await running;
  for (const { stream } of accepted) stream.close();
});

Deno.test("a connection that comes in the very moment of the close is closed", async () => {
  const coming = Promise.withResolvers<Deno.TcpConn>();
  using _ = listenWith((listener) => {
    listener.accept = () => coming.promise;
  });
  const listener = new TcpListener("127.0.0.1", 0);
  const { accepted, close } = serve(listener);
  let isClosed = false;
  coming.resolve({ close: () => isClosed = true } as unknown as Deno.TcpConn);
  await close();
  assertEquals([isClosed, accepted.length], [true, 0]);
});

Deno.test("addresses are told as plain IPv4 and IPv6", async () => {
  for (
    const [bind, dial, expected] of [
      ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
      ["::1", "::1", "::1"],
      ["::", "127.0.0.1", "127.0.0.1"],
    ] as const
  ) {
    const listener = new TcpListener(bind, 0);
    const { accepted, close } = serve(listener);
    await using client = await RawClient.dial({ hostname: dial, port: listener.port });
    await until(() => accepted.length === 1, "the connection");
    const { peer } = accepted[0]!;
    assertEquals([peer.address, peer.port], [expected, client.localAddress.port]);
    await close();
    await turn();
  }
});
