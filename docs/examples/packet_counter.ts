/**
 * A plugin for brokers and clients alike: counts packets by type and says so when it ends.
 */
import { definePlugin, type PacketEvent } from "../../plugin.ts";

export default definePlugin({
  name: "packet_counter",
  apiVersion: 1,
  setup(_options, { logger, side }) {
    const counts: Record<string, number> = {};
    const count = ({ packet }: PacketEvent) => {
      counts[packet.type] = (counts[packet.type] ?? 0) + 1;
    };
    return {
      packetReceived: count,
      packetSent: count,
      dispose: () => logger.info(`packets of this ${side}`, counts),
    };
  },
});
