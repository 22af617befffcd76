/** What the log says of a connection that ends: a client's mistake is a warning, never a fault of the broker. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { connect, DISCONNECT, packet } from "../support/raw_packets.ts";

const MISTAKES: [name: string, bytes: Readonly<Uint8Array>][] = [
  ["malformed", packet(0xc0, 1)], // PINGREQ with a body
  ["against the protocol", connect({ clientId: "c" })], // a second one
];

for (const [name, bytes] of MISTAKES) {
  Deno.test(`a packet that is ${name} closes with one warning that names the client`, async () => {
    await using it = await ClockedBroker.start();
    const { raw } = await it.open("c");
    await raw.sendAnyway(bytes as Uint8Array);
    await raw.expectClosed();
    const lines = it.logged("closed: ");
    assertEquals(lines.length, 1);
    assertEquals(
      /\bWARN\w*\b.*\bc \(127\.0\.0\.1:\d+\) closed: (?!a fault)/i.test(lines[0]!),
      true,
      lines[0],
    );
  });
}

Deno.test("a client that says goodbye is no line of the log", async () => {
  await using it = await ClockedBroker.start();
  const { raw } = await it.open("c");
  await raw.send(DISCONNECT as Uint8Array);
  await raw.expectClosed();
  assertEquals(it.logged("closed"), []);
});
