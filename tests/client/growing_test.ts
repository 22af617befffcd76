/** A large message that comes slowly is waited for; a broker that stops in the middle of one is silent. */
import { assertEquals } from "@std/assert";
import type { PluginContext } from "../../mod.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { publish } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";
import { Stage } from "./stage.ts";

for (const [title, part, lives] of [["slowly", 2000, true], ["hardly", 50, false]] as const) {
  Deno.test(`a message that grows ${title}: ${lives ? "waited for" : "the broker is left"}`, async () => {
    await using stage = new Stage();
    let context: PluginContext | undefined;
    const plugin = inlinePlugin((given) => (context = given, {}));
    const { client, broker } = await stage.connected({ keep_alive: 10, plugins: [plugin] });
    const messages = client.messages("t");
    const packet = publish("t", new Uint8Array(20_000));
    const isLeft = () => client.state === "reconnecting";
    for (let at = 0; at < packet.length && !isLeft(); at += part) {
      const before = context!.metrics.bytesReceived;
      const bytes = packet.subarray(at, at + part);
      const isRead = () => context!.metrics.bytesReceived === before + bytes.length;
      await broker.sendAnyway(bytes);
      await until(() => isRead() || isLeft(), "the bytes");
      if (at + part < packet.length) stage.clock.advance(8000);
    }
    assertEquals(isLeft(), !lives);
    if (lives) assertEquals((await messages.next()).value?.payload.length, 20_000);
  });
}
