/**
 * The broker that the foreign clients talk to: Midge in this process, or the one that
 * MIDGE_TEST_BROKER=HOST:PORT names. Used by clients_test.ts.
 */
import { Broker } from "../../../lib/broker/life/broker.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";
import type { Transport } from "./driver.ts";

/** Is there another broker to be tried, of which only a TCP address is known? */
export const OTHER_BROKER = Deno.env.get("MIDGE_TEST_BROKER");

/** Runs the body with a broker and stops it afterwards, whatever happens. */
export async function withBroker(
  transport: Transport,
  body: (broker: BrokerAddress) => Promise<void>,
): Promise<void> {
  if (OTHER_BROKER !== undefined) return await body(parseAddress(OTHER_BROKER));
  await using broker = new Broker({
    listeners: { default: { type: transport, bind: "127.0.0.1:0" } },
    plugins: { auth_anonymous: null },
  });
  await broker.start();
  const [listener] = broker.listeners;
  if (listener === undefined) throw new Error("the broker has no listener");
  await body({ hostname: "127.0.0.1", port: listener.port });
}

/** From HOST:PORT. */
export function parseAddress(text: string): BrokerAddress {
  const match = /^(.+):(\d+)$/.exec(text);
  if (match?.[1] === undefined) throw new Error(`MIDGE_TEST_BROKER=${text}: expected HOST:PORT`);
  return { hostname: match[1], port: Number(match[2]) };
}
