/**
 * Drives a client library through an agent: a small program (agents/) that holds one MQTT
 * connection, takes one JSON command a line on standard input and answers each with one line on
 * standard output. Used by clients_test.ts for paho-mqtt, aMQTT's client and mqtt.js.
 *
 * Commands: `{"do":"connect",...}`, `{"do":"subscribe","filter":F,"qos":Q}`, `{"do":"publish",...}`,
 * `{"do":"disconnect"}`. Answers: `{"done":COMMAND}` once the broker's acknowledgement is there, or
 * `{"error":TEXT}`. A message is printed at any time as `{"message":{topic,payload,qos,retain}}`.
 */
import { Child, tryCommand } from "./child.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";
import type { Driver, Listener, ListenOptions, Message, Transport } from "./driver.ts";

/** How to start an agent and how to see whether its library is there. */
export interface AgentCommand {
  readonly name: string;
  /** Tcp where it is left out. */
  readonly transport?: Transport;
  readonly command: string;
  /** Arguments that run the agent. */
  readonly args: readonly string[];
  /** Arguments of a run that succeeds where the library is installed. */
  readonly probe: readonly string[];
}

type AgentLine = { done?: string; error?: string; message?: Message };

/** A driver for the library behind this agent. */
export function agentDriver(agent: AgentCommand): Driver {
  return {
    name: agent.name,
    transport: agent.transport ?? "tcp",
    missing: () => tryCommand(agent.command, [...agent.probe]),
    listen: (broker, options) => listen(agent, broker, options),
    publish: (broker, messages) => publish(agent, broker, messages),
  };
}

async function listen(
  agent: AgentCommand,
  broker: BrokerAddress,
  options: ListenOptions,
): Promise<Listener> {
  const connection = new AgentConnection(agent);
  await connection.ask({
    do: "connect",
    ...broker,
    transport: agent.transport ?? "tcp",
    clientId: options.clientId,
    cleanSession: options.cleanSession,
    will: options.will ?? null,
  });
  for (const filter of options.resumed ? [] : options.topicFilters) {
    await connection.ask({ do: "subscribe", filter, qos: options.qos });
  }
  return connection;
}

async function publish(
  agent: AgentCommand,
  broker: BrokerAddress,
  messages: readonly Message[],
): Promise<void> {
  const connection = new AgentConnection(agent);
  const clientId = `publisher-${crypto.randomUUID().slice(0, 8)}`;
  const transport = agent.transport ?? "tcp";
  const session = { clientId, cleanSession: true, will: null };
  await connection.ask({ do: "connect", ...broker, transport, ...session });
  for (const message of messages) await connection.ask({ do: "publish", ...message });
  await connection.leave();
}

/** One running agent with its connection. */
class AgentConnection implements Listener {
  readonly #child: Child;
  readonly #messages: Message[] = [];

  constructor(agent: AgentCommand) {
    this.#child = new Child(agent.command, agent.args);
  }

  /** Sends a command and waits for its answer; messages that come in between are kept. */
  async ask(command: { do: string } & Record<string, unknown>): Promise<void> {
    await this.#child.send(JSON.stringify(command) + "\n");
    for (;;) {
      const { done, message } = await this.#read();
      if (done === command.do) return;
      if (message !== undefined) this.#messages.push(message);
    }
  }

  async next(): Promise<Message> {
    const known = this.#messages.shift();
    if (known !== undefined) return known;
    const { message } = await this.#read();
    if (message !== undefined) return message;
    throw new Error("the agent answered a command that nobody gave");
  }

  async leave(): Promise<void> {
    await this.ask({ do: "disconnect" });
    await this.#child.finished();
  }

  vanish(): Promise<void> {
    return this.#child.end("SIGKILL");
  }

  async #read(): Promise<AgentLine> {
    const answer = JSON.parse(await this.#child.line()) as AgentLine;
    if (answer.error === undefined) return answer;
    await this.vanish();
    throw new Error(answer.error);
  }
}
