/** A broker with these plugins on a free port, for tests that speak to it over sockets. */
import { Broker, type BrokerOptions } from "../../mod.ts";
import type { BrokerAddress } from "./raw_client.ts";

/** A started broker, and where it listens. Use `await using`. */
export interface RunningBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly address: BrokerAddress;
}

/** Starts a broker on the loopback interface. */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const broker = new Broker({ ...options, listeners: { default: { bind: "127.0.0.1:0" } } });
  await broker.start();
  const address = { hostname: "127.0.0.1", port: broker.listeners[0]!.port };
  return { broker, address, [Symbol.asyncDispose]: () => broker.stop() };
}
