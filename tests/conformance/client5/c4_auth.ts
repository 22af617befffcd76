/**
 * Section 4.12: enhanced authentication, the client's side; and section 6, MQTT 5 over WebSocket.
 */
import type { Authentication } from "../../../lib/client/authentication.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { bytes } from "../../support/raw_packets.ts";
import { auth5, connack5, disconnect5, publish5 } from "../../support/raw_packets5.ts";
import { acceptUpgrade, Opcode, readFrame, serverFrame } from "../../support/raw_websocket.ts";
import { equal } from "../checks.ts";
import type { ClientStage } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

const METHOD = "ECHO";

/** Says what it was asked. */
const ECHO: Authentication = {
  method: METHOD,
  begin: () => ({ step: (data) => data ?? Uint8Array.of(1) }),
};

function asks(code: number, data: Uint8Array, method = METHOD): Uint8Array {
  return auth5(code, { authenticationMethod: method, authenticationData: data });
}

/** A client whose login is under way. */
async function begun(
  stage: ClientStage,
): Promise<
  { broker: RawClient; login: Promise<unknown>; client: ReturnType<ClientStage["client"]> }
> {
  const client = stage.client({ protocol_version: 5, reconnect_retries: 0, auto_reconnect: false });
  const login = client.connect({ authentication: ECHO }).then(() => "in", () => "out");
  const broker = await stage.accept();
  const { properties } = await broker.expect5("CONNECT");
  equal([properties.authenticationMethod, properties.authenticationData?.[0]], [METHOD, 1]);
  return { broker, login, client };
}

/** The same, let in. */
async function letIn(stage: ClientStage) {
  const { broker, login, client } = await begun(stage);
  await broker.send(connack5(false, 0, { authenticationMethod: METHOD }));
  equal(await login, "in");
  return { broker, client };
}

const AUTH: ClientSequence[] = [
  clientSequence(
    "4.12.0-3 4.12.0-5 3.15.2-1 3.15.2-2 3.15.2-3",
    "answers AUTH by AUTH 0x18 with its method, and nothing else",
    async (stage) => {
      const { broker, login } = await begun(stage);
      for (const step of [5, 6]) {
        await broker.send(asks(0x18, Uint8Array.of(step)));
        const { reasonCode, properties } = await broker.expect5("AUTH");
        equal(reasonCode, 0x18);
        equal([properties.authenticationMethod, properties.authenticationData?.[0]], [
          METHOD,
          step,
        ]);
        equal([properties.reasonString, properties.userProperties], [undefined, undefined]);
      }
      await broker.send(connack5(false, 0, { authenticationMethod: METHOD }));
      equal(await login, "in");
    },
  ),
  clientSequence("3.1.2-30", "sends nothing but AUTH before CONNACK", async (stage) => {
    const { broker, client, login } = await begun(stage);
    client.publish("t", "early", { qos: 1 }).catch(() => {});
    client.subscribe("t").catch(() => {});
    await broker.send(asks(0x18, Uint8Array.of(7)));
    await broker.expect5("AUTH");
    await broker.send(connack5(false, 0, { authenticationMethod: METHOD }));
    equal(await login, "in");
  }),
  clientSequence("4.12.0-5", "closes on AUTH of another method", async (stage) => {
    const { broker, login } = await begun(stage);
    await broker.send(asks(0x18, Uint8Array.of(7), "OTHER"));
    await broker.readToEnd();
    equal(await login, "out");
  }),
  clientSequence(
    "4.12.1-1 3.15.2-1",
    "begins a re-authentication by AUTH 0x19 with its method",
    async (stage) => {
      const { broker, client } = await letIn(stage);
      const again = client.reauthenticate();
      const first = await broker.expect5("AUTH");
      equal([first.reasonCode, first.properties.authenticationMethod], [0x19, METHOD]);
      await broker.send(asks(0x18, Uint8Array.of(9)));
      equal((await broker.expect5("AUTH")).reasonCode, 0x18);
      await broker.send(asks(0, Uint8Array.of()));
      await again;
    },
  ),
  clientSequence("4.12.1-2", "closes when a re-authentication is refused", async (stage) => {
    const { broker, client } = await letIn(stage);
    const again = client.reauthenticate().then(() => "done", () => "refused");
    await broker.expect5("AUTH");
    await broker.send(disconnect5(0x87));
    await broker.expectClosed();
    equal(await again, "refused");
  }),
];

/** Upgrades the next connection; the first frame that comes on it is left to be read. */
async function upgraded(stage: ClientStage): Promise<{ broker: RawClient; offered: string[] }> {
  const broker = await stage.accept();
  return { broker, offered: await acceptUpgrade(broker) };
}

const WEBSOCKET: ClientSequence[] = [
  clientSequence("6.0.0-3", "offers the subprotocol mqtt", async (stage) => {
    const client = stage.client({ protocol_version: 5, reconnect_retries: 0 }, "ws");
    client.connect().catch(() => {});
    equal((await upgraded(stage)).offered, ["mqtt"]);
  }),
  clientSequence(
    "6.0.0-1 6.0.0-2",
    "sends binary frames, and reads packets that frames cut anywhere",
    async (stage) => {
      const client = stage.client({ protocol_version: 5 }, "ws");
      const connected = client.connect();
      const { broker } = await upgraded(stage);
      const first = await readFrame(broker);
      equal([first?.opcode, first?.payload[0]], [Opcode.BINARY, 0x10]);
      const data = bytes(connack5(false), publish5("t", "x", { qos: 1, id: 7 }));
      await broker.send(serverFrame(Opcode.BINARY, data.subarray(0, 1)));
      await broker.send(serverFrame(Opcode.BINARY, data.subarray(1, 9), false));
      await broker.send(serverFrame(Opcode.CONTINUATION, data.subarray(9)));
      await connected;
      equal([...(await readFrame(broker))?.payload ?? []], [0x40, 2, 0, 7]);
    },
  ),
];

export const AUTH_5: ClientSequence[] = [...AUTH, ...WEBSOCKET];
