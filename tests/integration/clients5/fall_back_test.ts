/**
 * gmqtt asks for MQTT 5 and, refused by return code 1, for 3.1.1: against an older broker's answer, and then Midge. The other way
 * round Midge answers its CONNECT of 5 at once.
 */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { optionalTest } from "../../support/optional.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";
import { connack } from "../../support/raw_packets.ts";
import { Agent5 } from "./agent.ts";
import { LIBRARIES } from "./libraries.ts";

const gmqtt = LIBRARIES.find(({ name }) => name === "gmqtt")!;

/** Byte 8 of a CONNECT is its level: the fixed header and the name MQTT take the 8 before it. */
const LEVEL_AT = 8;
const OLDER_REFUSAL = connack(false, 1);

optionalTest(
  await gmqtt.missing(),
  "gmqtt falls back to MQTT 3.1.1, and not before Midge",
  async () => {
    await using it = await ClockedBroker.start();
    await using older = new OlderBroker(it.address);
    for (const [port, level] of [[older.port, 4], [it.address.port, 5]] as const) {
      const clientId = `level-${level}`;
      await using agent = new Agent5(gmqtt);
      const options = { clientId, cleanStart: true, transport: "tcp", reconnect: true } as const;
      await agent.connect({ ...options, hostname: "127.0.0.1", port });
      await agent.subscribe([{ filter: clientId, qos: 1 }]);
      const message = { topic: clientId, payload: "x", qos: 1, retain: false };
      await agent.publish(message);
      assertEquals(await agent.next(), message);
      const levels = it.broker.clients.map(({ protocolLevel }) => protocolLevel);
      assertEquals(levels, [level]);
      await agent.leave();
    }
    assertEquals(older.levels, [5, 4]);
  },
);

/** Refuses a CONNECT of version 5, as a broker does that has none; another is connected to the broker. */
class OlderBroker implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #broker: BrokerAddress;
  readonly #serving: Promise<void>;
  /** Protocol level of each CONNECT. */
  readonly levels: number[] = [];

  constructor(broker: BrokerAddress) {
    this.#broker = broker;
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    let carrying: Promise<void> | undefined;
    for await (const client of this.#listener) {
      const buffer = new Uint8Array(1024);
      const connect = buffer.subarray(0, await client.read(buffer) ?? 0);
      const level = connect[LEVEL_AT] ?? 0;
      this.levels.push(level);
      if (level === 5) {
        await client.write(OLDER_REFUSAL);
        client.close();
      } else {
        carrying = joined(client, await Deno.connect({ ...this.#broker }), connect);
      }
    }
    await carrying;
  }
}

/** Carries bytes both ways until one end has gone. */
async function joined(client: Deno.TcpConn, broker: Deno.TcpConn, first: Uint8Array) {
  await broker.write(first);
  const pump = async (from: Deno.TcpConn, to: Deno.TcpConn) => {
    const buffer = new Uint8Array(1024);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        await to.write(buffer.subarray(0, count));
      }
      to.close();
      from.close();
    } catch {
      // The other direction has closed both.
    }
  };
  await Promise.all([pump(client, broker), pump(broker, client)]);
}
