/**
 * The agent for mqtt.js: see ../agent.ts for the commands it takes and the lines it prints. It is a
 * program of its own so that a test can end its connection the hard way, by killing it.
 */
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { QoS } from "../../../../lib/wire/packets.ts";
import type { Message, Transport } from "../driver.ts";

type Command =
  | {
    do: "connect";
    hostname: string;
    port: number;
    transport: Transport;
    clientId: string;
    cleanSession: boolean;
    will: Message | null;
  }
  | { do: "subscribe"; filter: string; qos: QoS }
  | { do: "publish" } & Message
  | { do: "disconnect" };

const SUBSCRIBE_FAILURE = 0x80;

class Agent {
  #client: MqttClient | undefined;

  async run(command: Command): Promise<void> {
    switch (command.do) {
      case "connect":
        return await this.#connect(command);
      case "subscribe": {
        const [grant] = await this.#connected.subscribeAsync(command.filter, { qos: command.qos });
        if (grant?.qos === SUBSCRIBE_FAILURE as number) throw new Error("SUBACK: refused");
        return;
      }
      case "publish": {
        const { topic, payload, qos, retain } = command;
        await this.#connected.publishAsync(topic, payload, { qos, retain });
        return;
      }
      case "disconnect":
        return await this.#connected.endAsync();
    }
  }

  get #connected(): MqttClient {
    if (this.#client === undefined) throw new Error("not connected");
    return this.#client;
  }

  async #connect(command: Extract<Command, { do: "connect" }>): Promise<void> {
    const options: IClientOptions = {
      clientId: command.clientId,
      clean: command.cleanSession,
      reconnectPeriod: 0,
      protocolVersion: 4,
    };
    if (command.will !== null) options.will = command.will;
    const scheme = command.transport === "ws" ? "ws" : "mqtt";
    const client = mqtt.connect(`${scheme}://${command.hostname}:${command.port}`, options);
    this.#client = client;
    client.on("message", (topic, payload, { qos, retain }) => {
      say({ message: { topic, payload: new TextDecoder().decode(payload), qos, retain } });
    });
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("the connection was closed")));
    });
  }
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
    await agent.run(command);
    say({ done: command.do });
  } catch (error) {
    say({ error: `mqtt.js: ${command.do}: ${String(error)}` });
  }
}

await main();
