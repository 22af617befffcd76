/** Handshakes on top of a listener: in order, one after the other, and a failure is the connection's alone. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Layer } from "../../../lib/net/listen/layered.ts";
import type { Incoming, Listener } from "../../../lib/net/listen/listener.ts";
import { layered } from "../../support/layered.ts";
import { FakeStream } from "../../support/fake_stream.ts";

const PEER = { address: "192.0.2.7", port: 4711 };

/** A listener by which the given connections have come in. */
function listenerOf(...incoming: Incoming[]): Listener & { closed: number } {
  return {
    address: "192.0.2.1:1883",
    port: 1883,
    closed: 0,
    run(accept) {
      for (const one of incoming) accept(one);
      return Promise.resolve();
    },
    close() {
      this.closed++;
    },
  };
}

async function arrivalsOf(layers: Layer[], ...incoming: Incoming[]): Promise<Incoming[]> {
  const arrivals: Incoming[] = [];
  const listener = await layered(listenerOf(...incoming), layers);
  await listener.run((one) => arrivals.push(one), () => {});
  return arrivals;
}

/** A layer that leaves its mark in the bytes behind it. */
const marked = (mark: number): Layer => ({ stream, peer, rest = new Uint8Array() }) =>
  Promise.resolve({ stream, peer, rest: Uint8Array.of(...rest, mark) });

Deno.test("layers follow one another, and a handshake below comes first", async () => {
  const stream = new FakeStream();
  const below = Promise.resolve({ stream, peer: { ...PEER, port: 1 }, rest: Uint8Array.of(1) });
  const layers = [marked(2), marked(3)];
  const [plain, shaken] = await arrivalsOf(
    layers,
    { stream, peer: PEER },
    { stream, peer: PEER, handshake: below },
  );
  assertEquals(await plain!.handshake, { stream, peer: PEER, rest: Uint8Array.of(2, 3) });
  assertEquals((await shaken!.handshake)?.rest, Uint8Array.of(1, 2, 3));
  assertEquals((await shaken!.handshake)?.peer.port, 1);
  assertEquals(plain!.peer, PEER, "before its handshake a connection is known by its socket");
});

Deno.test("a layer that fails is the last one, and fails this connection only", async () => {
  const seen: number[] = [];
  const failing: Layer = (arrived) => {
    if (arrived.peer.port === 1) throw new Error("no header");
    return Promise.resolve(arrived);
  };
  const noting: Layer = (arrived) => {
    seen.push(arrived.peer.port);
    return Promise.resolve(arrived);
  };
  const stream = new FakeStream();
  const [bad, good] = await arrivalsOf(
    [failing, noting],
    { stream, peer: { ...PEER, port: 1 } },
    { stream, peer: { ...PEER, port: 2 } },
  );
  await assertRejects(() => bad!.handshake!, Error, "no header");
  assertEquals((await good!.handshake)?.peer.port, 2);
  assertEquals(seen, [2]);
});

Deno.test("address, port and close are those of the listener below", async () => {
  const below = listenerOf();
  const listener = await layered(below, []);
  assertEquals([listener.address, listener.port], ["192.0.2.1:1883", 1883]);
  listener.close();
  assertEquals(below.closed, 1);
});
