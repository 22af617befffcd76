/** A broker to put load on: how to get there, and as whom. Invariant: every dial is a connection of its own. */
import type { ByteStream } from "../../net/stream.ts";
import type { Credentials, Level } from "./frames.ts";

/** Where a broker listens. */
export interface TcpAddress {
  readonly hostname: string;
  readonly port: number;
}

/** A broker: how to get there, and as whom. */
export interface Target extends Credentials {
  dial(): Promise<ByteStream>;
  /** Begins every client id, so that two generators do not take each other's place. */
  readonly prefix?: string;
  /** What its connections speak; default MQTT 3.1.1. */
  readonly level?: Level | undefined;
  /** A plain socket, whose buffer takes a few small writes at once: none has to wait for another. */
  readonly takesAtOnce?: boolean;
  /** Frames that wait go together in one write; without it, each in a write of its own. */
  readonly gathers?: boolean;
}

/** A broker that lets everyone in over TCP. */
export function tcpTarget(address: TcpAddress): Target {
  return {
    takesAtOnce: true,
    async dial() {
      const socket = await Deno.connect({ ...address, transport: "tcp" });
      socket.setNoDelay(true);
      return socket;
    },
  };
}
