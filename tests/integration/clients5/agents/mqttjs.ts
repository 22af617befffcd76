/** The agent for mqtt.js in version 5: see ../agent.ts for the commands it takes and the lines it prints. */
import mqtt, {
  type IClientOptions,
  type IClientPublishOptions,
  type IConnackPacket,
  type MqttClient,
} from "mqtt";
import { Buffer } from "node:buffer";
import type { Answer5, Connect5, Filter5, Message5 } from "../agent.ts";
import type { QoS } from "../../../../lib/wire/packets.ts";

type Command =
  | { do: "connect" } & Connect5
  | { do: "subscribe"; filters: Filter5[]; identifier?: number }
  | { do: "unsubscribe"; filters: string[] }
  | { do: "publish"; alias?: number } & Message5
  | { do: "disconnect"; reason: number };

type PublishProperties = NonNullable<IClientPublishOptions["properties"]>;

/** A refusal as mqtt.js throws it. */
interface Refusal {
  readonly code?: number;
}

class Agent {
  #client: MqttClient | undefined;

  async run(command: Command): Promise<Answer5> {
    switch (command.do) {
      case "connect":
        return await this.#connect(command);
      case "subscribe":
        return await this.#subscribe(command.filters, command.identifier);
      case "unsubscribe": {
        const packet = await this.#connected.unsubscribeAsync(command.filters);
        return { reasons: (packet as { granted?: number[] } | undefined)?.granted ?? [] };
      }
      case "publish":
        return await this.#publish(command);
      case "disconnect":
        await this.#connected.endAsync(false, { reasonCode: command.reason });
        return {};
    }
  }

  get #connected(): MqttClient {
    if (this.#client === undefined) throw new Error("not connected");
    return this.#client;
  }

  async #connect(command: Connect5): Promise<Answer5> {
    const scheme = { tcp: "mqtt", ws: "ws", tls: "mqtts" }[command.transport];
    const client = mqtt.connect(
      `${scheme}://${command.hostname}:${command.port}`,
      connectOptions(command),
    );
    this.#client = client;
    client.on("message", (topic, payload, packet) => {
      const { qos, retain, properties = {} } = packet;
      say({ message: { topic, payload: payload.toString(), qos, retain, ...named(properties) } });
    });
    client.on("disconnect", ({ reasonCode, properties }) => {
      say({ event: "disconnected", reason: reasonCode, reasonString: properties?.reasonString });
    });
    const connack = await new Promise<IConnackPacket>((resolve, reject) => {
      client.once("connect", resolve);
      client.once("error", reject);
      client.once("close", () => reject(new Error("the connection was closed")));
    });
    client.on("error", () => {});
    client.on(
      "connect",
      ({ sessionPresent }) => say({ event: "up", sessionPresent }),
    );
    return {
      reason: connack.reasonCode ?? 0,
      sessionPresent: connack.sessionPresent,
      assigned: connack.properties?.assignedClientIdentifier ?? "",
    };
  }

  async #subscribe(filters: Filter5[], identifier: number | undefined): Promise<Answer5> {
    const map = Object.fromEntries(filters.map(({ filter, qos, ...rest }) => [filter, {
      qos: qos as QoS,
      nl: rest.noLocal ?? false,
      rap: rest.retainAsPublished ?? false,
      rh: rest.retainHandling ?? 0,
    }]));
    const properties = identifier === undefined
      ? {}
      : { properties: { subscriptionIdentifier: identifier } };
    return await new Promise((resolve, reject) => {
      this.#connected.subscribe(map, properties, (error, granted, packet) => {
        const reasons = (packet as { granted?: number[] } | undefined)?.granted ??
          granted?.map(({ qos }) => qos as number);
        if (reasons !== undefined) resolve({ reasons });
        else reject(error);
      });
    });
  }

  async #publish({ topic, payload, qos, retain, ...rest }: Message5): Promise<Answer5> {
    try {
      const options = { qos: qos as QoS, retain, properties: properties(rest) };
      const packet = await this.#connected.publishAsync(topic, payload, options);
      return { reason: (packet as { reasonCode?: number } | undefined)?.reasonCode ?? 0 };
    } catch (error) {
      const { code } = error as Refusal;
      if (code === undefined) throw error;
      return { reason: code };
    }
  }
}

function connectOptions(command: Connect5): IClientOptions {
  const { will } = command;
  return {
    protocolVersion: 5,
    clientId: command.clientId,
    clean: command.cleanStart,
    reconnectPeriod: command.reconnect ? 50 : 0,
    // It chooses aliases by itself as far as CONNACK allows.
    autoAssignTopicAlias: true,
    properties: {
      ...(command.sessionExpiry !== undefined && { sessionExpiryInterval: command.sessionExpiry }),
      ...(command.receiveMaximum !== undefined && { receiveMaximum: command.receiveMaximum }),
      ...(command.topicAliasMaximum !== undefined &&
        { topicAliasMaximum: command.topicAliasMaximum }),
      ...(command.userProperties && { userProperties: record(command.userProperties) }),
    },
    ...(command.cafile !== undefined && { ca: [Deno.readTextFileSync(command.cafile)] }),
    ...(will !== undefined && {
      will: {
        topic: will.topic,
        payload: Buffer.from(will.payload),
        qos: will.qos as QoS,
        retain: will.retain,
        properties: { ...properties(will), willDelayInterval: will.delay },
      },
    }),
  };
}

/** mqtt.js keeps user properties by name: the order holds among names, and among the values of one. */
function record(pairs: readonly (readonly [string, string])[]): Record<string, string | string[]> {
  const byName: Record<string, string | string[]> = {};
  for (const [name, value] of pairs) {
    const known = byName[name];
    byName[name] = known === undefined ? value : [known, value].flat();
  }
  return byName;
}

function properties(message: Partial<Message5>): PublishProperties {
  const { payloadFormat, expiry, contentType, responseTopic, correlationData } = message;
  return {
    ...(payloadFormat !== undefined && { payloadFormatIndicator: payloadFormat === 1 }),
    ...(expiry !== undefined && { messageExpiryInterval: expiry }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData) }),
    ...(message.userProperties && { userProperties: record(message.userProperties) }),
  };
}

function named(received: PublishProperties): Partial<Message5> {
  const { payloadFormatIndicator, messageExpiryInterval, subscriptionIdentifier } = received;
  const pairs = Object.entries(received.userProperties ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value] as [string, string])
  );
  const message = {
    payloadFormat: payloadFormatIndicator === undefined ? null : Number(payloadFormatIndicator),
    expiry: messageExpiryInterval ?? null,
    contentType: received.contentType ?? null,
    responseTopic: received.responseTopic ?? null,
    correlationData: received.correlationData?.toString() ?? null,
    userProperties: pairs,
    identifiers: [subscriptionIdentifier ?? []].flat(),
  };
  return message as Partial<Message5>;
}

function say(line: Record<string, unknown>): void {
  const bytes = new TextEncoder().encode(JSON.stringify(line) + "\n");
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}

async function main(): Promise<void> {
  const agent = new Agent();
  let partial = "";
  for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (partial + piece).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) await answer(agent, JSON.parse(line) as Command);
  }
}

async function answer(agent: Agent, command: Command): Promise<void> {
  try {
    say({ done: command.do, ...await agent.run(command) });
  } catch (error) {
    say({ error: `mqtt.js: ${command.do}: ${String(error)}` });
  }
}

await main();
