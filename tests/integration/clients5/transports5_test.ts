/** The libraries of MQTT 5 over WebSocket and TLS: a message with properties to itself. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { optionalTest } from "../../support/optional.ts";
import { missingOpenssl } from "../../support/pki.ts";
import { TlsBroker, tlsPki } from "../../support/tls_broker.ts";
import { Agent5, type AgentCommand5, type Connect5 } from "./agent.ts";
import { LIBRARIES } from "./libraries.ts";

/** Longer than a frame and a TLS record. */
const PAYLOAD = "x".repeat(100_000);

for (const library of LIBRARIES) {
  const missing = await library.missing();
  if (library.lacks["WebSocket"] === undefined) {
    optionalTest(missing, `${library.name}, MQTT 5 over WebSocket`, async () => {
      const listeners = { default: { type: "ws", bind: "127.0.0.1:0" } } as const;
      await using it = await ClockedBroker.start({ listeners });
      await toItself(library, { ...it.address, transport: "ws" });
    });
  }
  optionalTest(missing ?? missingOpenssl(), `${library.name}, MQTT 5 over TLS`, async () => {
    using pki = await tlsPki();
    await using it = await TlsBroker.start(pki);
    const cafile = `${pki.folder}/root.pem`;
    await toItself(library, { hostname: "localhost", port: it.port, transport: "tls", cafile });
  });
}

async function toItself(
  library: AgentCommand5,
  to: Pick<Connect5, "hostname" | "port" | "transport" | "cafile">,
): Promise<void> {
  await using agent = new Agent5(library);
  await agent.connect({ ...to, clientId: "itself", cleanStart: true });
  await agent.subscribe([{ filter: "a", qos: 2 }]);
  const userProperties = [["b", "1"], ["a", "2"]] as const;
  for (const qos of [0, 1, 2]) {
    const message = { topic: "a", payload: PAYLOAD, qos, retain: false, userProperties };
    await agent.publish(message);
    const got = await agent.next();
    assertEquals(got.payload === PAYLOAD, true, "the payload changed on its way");
    assertEquals({ ...got, payload: "" }, { ...message, payload: "" });
  }
  await agent.leave();
}
