/** The PROXY protocol on a stream: what is read, what stays for MQTT, and what ends the connection. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseNetwork } from "../../../lib/cidr.ts";
import type { Arrived, Incoming } from "../../../lib/net/listen/listener.ts";
import { LayeredListener } from "../../../lib/net/listen/layered.ts";
import { PeerLeftError } from "../../../lib/net/listen/peer_left.ts";
import { MAX_HEADER } from "../../../lib/net/listen/proxy_header.ts";
import { proxyLayer } from "../../../lib/net/listen/proxy_layer.ts";
import { read } from "../../config/read.ts";
import { FakeStream } from "../../support/fake_stream.ts";
import { binaryHeader, sslField, tlv } from "../../support/proxy_headers.ts";
import { Random } from "../../support/random.ts";
import { bytes, connect } from "../../support/raw_packets.ts";
import { turn } from "../../support/until.ts";

const PROXY = { address: "10.0.0.2", port: 40_000 };
const TRUSTED = ["10.0.0.0/8", "fd00::/8"].map((text) => parseNetwork(text)!);
const LINE = bytes("PROXY TCP4 192.0.2.7 198.51.100.1 4711 1883\r\n");
const CONNECT = connect({ clientId: "a" });

const layer = proxyLayer(TRUSTED);

/** What comes of these bytes, each part a read. */
function arrive(parts: Uint8Array[], peer = PROXY, rest?: Uint8Array): Promise<Arrived> {
  const stream = new FakeStream();
  stream.give(...parts);
  stream.end();
  return layer({ stream, peer, rest });
}

for (
  const [title, header, expected] of [
    ["version 1", LINE, { address: "192.0.2.7", port: 4711, certificate: undefined }],
    ["version 2", binaryHeader(), { address: "192.0.2.7", port: 4711, certificate: undefined }],
    ["with a name", binaryHeader({ fields: [sslField(7, 0, "d7")] }), {
      address: "192.0.2.7",
      port: 4711,
      certificate: { commonName: "d7", subject: "" },
    }],
    ["UNKNOWN", bytes("PROXY UNKNOWN\r\n"), PROXY],
    ["LOCAL", binaryHeader({ command: 0x20 }), PROXY],
  ] as const
) {
  Deno.test(`${title}: the peer, and what is behind the header is MQTT's, however it comes`, async () => {
    const all = bytes(header, CONNECT);
    const cuts = [[all], [header, CONNECT], [...all].map((byte) => bytes(byte))];
    for (const [index, parts] of cuts.entries()) {
      const { peer, rest, stream } = await arrive(parts);
      assertEquals(peer, expected);
      assertEquals(rest, index === 0 ? CONNECT : undefined);
      if (index === 0) continue;
      const next = new Uint8Array(100);
      const count = await stream.read(next);
      assertEquals(next.subarray(0, count ?? 0), CONNECT.subarray(0, index === 1 ? 100 : 1));
    }
  });
}

Deno.test("bytes that came before count", async () => {
  const { peer, rest } = await arrive([LINE.subarray(9), CONNECT], PROXY, LINE.subarray(0, 9));
  assertEquals([peer.address, rest], ["192.0.2.7", undefined]);
  const whole = await arrive([], PROXY, bytes(LINE, CONNECT));
  assertEquals([whole.peer.address, whole.rest], ["192.0.2.7", CONNECT]);
});

for (const address of ["192.0.2.1", "11.0.0.2", "fe80::1", "", "::", "10.0.0.2.1"]) {
  Deno.test(`nothing is read from ${address || "no address"}, which is not trusted`, async () => {
    const stream = new FakeStream();
    stream.give(LINE);
    const done = layer({ stream, peer: { address, port: 1 } });
    await assertRejects(() => done, Error, "none of trusted_proxies");
    assertEquals(stream.rooms, []);
  });
}

Deno.test("trusted ones in every spelling", async () => {
  for (const address of ["10.0.0.2", "::ffff:10.0.0.2", "fd00::1", "fd00::1%eth0"]) {
    assertEquals((await arrive([LINE], { address, port: 1 })).peer.address, "192.0.2.7");
  }
});

Deno.test("on a socket file all are trusted that may open it", async () => {
  const stream = new FakeStream();
  stream.give(LINE);
  const { peer } = await proxyLayer(undefined)({ stream, peer: { address: "", port: 0 } });
  assertEquals(peer.address, "192.0.2.7");
});

Deno.test("an end before the first byte is a peer that left; within the header it is a fault", async () => {
  await assertRejects(() => arrive([]), PeerLeftError);
  await assertRejects(() => arrive([LINE.subarray(0, 20)]), Error, "ended after 20 bytes");
});

Deno.test("no header: MQTT is not read any further", async () => {
  await assertRejects(
    () => arrive([CONNECT]),
    Error,
    "no header of the PROXY protocol (this is MQTT)",
  );
});

Deno.test("the longest header is taken, and a longer one ends before it has come", async () => {
  const filler = tlv(4, new Uint8Array(MAX_HEADER - 16 - 12 - 3));
  const longest = binaryHeader({ fields: [filler] });
  assertEquals(longest.length, MAX_HEADER);
  assertEquals((await arrive([longest, CONNECT])).peer.port, 4711);
  const stream = new FakeStream();
  stream.give(binaryHeader({ length: 65_535 }));
  await assertRejects(() => layer({ stream, peer: PROXY }), Error, `the limit is ${MAX_HEADER}`);
});

Deno.test("a gigabyte without a header's end: no more than a line is read", async () => {
  let given = 0;
  const stream = new FakeStream();
  stream.read = (into) => {
    given += into.length;
    into.fill(0x20);
    if (given === into.length) into.set(bytes("PROXY UNKNOWN "));
    return Promise.resolve(into.length);
  };
  await assertRejects(() => layer({ stream, peer: PROXY }), Error, "more than 107 bytes");
  assert(given <= 256, `${given} bytes were read`);
});

Deno.test("random and mutated bytes in random pieces: an end, and never more read than the limit", async () => {
  const random = new Random(7);
  const outcomes = { arrived: 0, refused: 0 };
  for (let round = 0; round < 2000; round++) {
    const whole = random.pick([LINE, binaryHeader({ fields: [sslField(7, 0, "d")] })]).slice();
    if (random.oneIn(2)) whole[random.below(whole.length)] = random.below(256);
    const all = bytes(random.oneIn(8) ? random.bytes(300) : whole, random.bytes(5000));
    const stream = new FakeStream();
    for (let at = 0; at < all.length;) {
      const next = at + 1 + random.below(400);
      stream.give(all.subarray(at, next));
      at = next;
    }
    stream.end();
    try {
      const { rest } = await layer({ stream, peer: PROXY });
      assert((rest?.length ?? 0) <= MAX_HEADER);
      outcomes.arrived++;
    } catch (error) {
      assert(error instanceof Error && !error.message.includes("\n"), String(error));
      outcomes.refused++;
    }
    assert(Math.max(0, ...stream.rooms) <= MAX_HEADER);
  }
  assert(outcomes.arrived > 500 && outcomes.refused > 200, JSON.stringify(outcomes));
});

Deno.test("behind the header's layer a connection is known by what it has told", async () => {
  const stream = new FakeStream();
  const second = Promise.withResolvers<Arrived>();
  const below = {
    address: "",
    port: 0,
    run: (accept: (incoming: Incoming) => void) => Promise.resolve(accept({ stream, peer: PROXY })),
    close: () => {},
  };
  const comers: Incoming[] = [];
  const listener = await LayeredListener.open(
    read("listeners: {default: {}}").listeners[0]!,
    () => Promise.resolve([layer, () => second.promise]),
    () => Promise.resolve(below),
  );
  await listener.run((one) => comers.push(one), () => {});
  const [incoming] = comers;
  assertEquals(incoming?.peer.address, "10.0.0.2");
  stream.give(LINE);
  await turn();
  assertEquals(incoming?.peer.address, "192.0.2.7");
  second.reject(new Error("no WebSocket"));
  await assertRejects(() => incoming!.handshake!, Error, "no WebSocket");
  assertEquals(incoming?.peer.address, "192.0.2.7");
});
