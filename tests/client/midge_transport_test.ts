/**
 * Midge's client against Midge: every way to a broker, with certificates that lib/cli/certs has made. What mosquitto
 * and Midge refuse the client has to tell apart in the same words.
 */
import { assertEquals } from "@std/assert";
import { Broker } from "../../lib/broker/life/broker.ts";
import type { ListenerOptions } from "../../mod.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";
import { TempFolder } from "../support/midge_process.ts";
import { errorOf } from "./stage.ts";
import {
  CA,
  DEVICE,
  type Doors,
  NAMED,
  roundTrip,
  to,
  writeCertificates,
} from "./transport_stage.ts";

/** A broker with a listener of each kind. */
interface Running extends Doors, AsyncDisposable {
  readonly broker: Broker;
}

function listenersIn(folder: string): Record<string, ListenerOptions> {
  const bind = "127.0.0.1:0";
  const tls = {
    bind,
    ssl: true,
    certfile: `${folder}/server.crt`,
    keyfile: `${folder}/server.key`,
  };
  const mutual = { ...tls, cafile: `${folder}/ca.crt`, verify_client: "required" } as const;
  return {
    tcp: { bind },
    tls,
    mutual,
    ws: { bind, type: "ws", path: "/mqtt" },
    wss: { ...mutual, type: "ws" },
    unix: { type: "unix", bind: `${folder}/socket` },
  };
}

async function start(): Promise<Running> {
  const folder = new TempFolder();
  await writeCertificates(folder.path);
  const broker = new Broker({
    listeners: listenersIn(folder.path),
    plugins: { auth_anonymous: null },
  });
  await broker.start();
  return {
    broker,
    folder: folder.path,
    ports: Object.fromEntries(broker.listeners.map(({ name, port }) => [name, port])),
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("every way to Midge: tcp, a Unix socket, mqtts, ws, wss", async () => {
  await using midge = await start();
  await roundTrip({ connection: { uri: `mqtt://127.0.0.1:${midge.ports.tcp}` } });
  await roundTrip({ connection: { uri: `unix://${midge.folder}/socket` } });
  await roundTrip(to(midge, "tls", NAMED, "mqtts"));
  await roundTrip(to(midge, "mutual", { ...NAMED, ...DEVICE }, "mqtts"));
  await roundTrip({ connection: { uri: `ws://127.0.0.1:${midge.ports.ws}/mqtt` } });
  await roundTrip(to(midge, "wss", { ...NAMED, ...DEVICE }));
});

Deno.test("mqtts and wss: what must fail does, and says why", async () => {
  await using midge = await start();
  const fails = async (options: ClientOptions, says: RegExp) => {
    const error = await errorOf(roundTrip(options));
    assertEquals([error.code, says.test(error.message)], ["unreachable", true], error.message);
  };
  await fails(to(midge, "tls", {}, "mqtts"), /UnknownIssuer|self-signed|unable to verify/);
  await fails(to(midge, "tls", CA, "mqtts"), /altnames|not valid for name "127.0.0.1"/);
  await fails(to(midge, "tls", { ...CA, server_name: "other.test" }, "mqtts"), /other.test/);
  await fails({ connection: { uri: `ws://127.0.0.1:${midge.ports.ws}/other` } }, /404/);
  for (const [listener, scheme] of [["mutual", "mqtts"], ["wss", "wss"]] as const) {
    const error = await errorOf(roundTrip(to(midge, listener, NAMED, scheme)));
    assertEquals(error.code, "unreachable", error.message);
  }
  // The others are served as before.
  await roundTrip(to(midge, "tls", NAMED, "mqtts"));
});
