/**
 * A client library of MQTT 5 behind an agent: a small program (agents/) that holds one connection, takes one JSON command a
 * line and answers each with one line. Invariant: what an agent says at another time is a message or an event, kept in order
 * until a test asks for it.
 *
 * Commands: `{"do":"connect"|"subscribe"|"unsubscribe"|"publish"|"disconnect",...}`, as the types below have them. Answers:
 * `{"done":COMMAND,...}` once the broker's acknowledgement is there, or `{"error":TEXT}`. At any time:
 * `{"message":Message5}`, `{"event":"up","sessionPresent":B}` after a reconnection by itself, and
 * `{"event":"disconnected","reason":CODE,"reasonString":TEXT}` for a DISCONNECT of the server.
 */
import { Child } from "../clients/child.ts";

/** An application message with its properties; payload and correlation data of these tests are text. */
export interface Message5 {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payloadFormat?: number;
  /** Seconds. */
  readonly expiry?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: string;
  readonly userProperties?: readonly (readonly [name: string, value: string])[];
  /** Of a received message: those of the subscriptions that match. */
  readonly identifiers?: readonly number[];
}

/** How a client connects. */
export interface Connect5 {
  readonly hostname: string;
  readonly port: number;
  readonly transport: "tcp" | "ws" | "tls";
  /** With tls: the authority's certificate. */
  readonly cafile?: string;
  readonly clientId: string;
  readonly cleanStart: boolean;
  /** Seconds; left out: the property is not sent. */
  readonly sessionExpiry?: number;
  readonly receiveMaximum?: number;
  readonly topicAliasMaximum?: number;
  readonly userProperties?: readonly (readonly [name: string, value: string])[];
  /** Connects again by itself when the connection is lost. */
  readonly reconnect?: boolean;
  /** `delay` in seconds. */
  readonly will?: Message5 & { readonly delay: number };
}

/** One filter of a SUBSCRIBE. */
export interface Filter5 {
  readonly filter: string;
  readonly qos: number;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: number;
}

/** What came back for a command; a field is there where the packet has it. */
export interface Answer5 {
  /** Of CONNACK, PUBACK or PUBREC; 0 at QoS 0. */
  readonly reason?: number;
  /** Of SUBACK or UNSUBACK. */
  readonly reasons?: readonly number[];
  readonly sessionPresent?: boolean;
  /** Assigned client identifier. */
  readonly assigned?: string;
}

/** What an agent tells unasked, beside messages. */
export interface Event5 {
  readonly event: "up" | "disconnected";
  readonly sessionPresent?: boolean;
  readonly reason?: number;
  readonly reasonString?: string;
}

/** How to start an agent and how to see whether its library is there. */
export interface AgentCommand5 {
  readonly name: string;
  readonly command: string;
  /** Arguments that run the agent. */
  readonly args: readonly string[];
  /** Undefined where it can run here, else one line that says why not. */
  readonly missing: () => Promise<string | undefined>;
  /** Titles of scenarios, or `WebSocket`, that this library has no means for, and why. */
  readonly lacks: Readonly<Record<string, string>>;
}

interface Line extends Answer5 {
  readonly done?: string;
  readonly error?: string;
  readonly message?: Message5;
  readonly event?: Event5["event"];
}

/** One running agent with its connection. */
export class Agent5 implements AsyncDisposable {
  readonly #child: Child;
  readonly #messages: Message5[] = [];
  readonly #events: Event5[] = [];

  /** Starts the program; it connects when it is asked to. */
  constructor(agent: AgentCommand5) {
    this.#child = new Child(agent.command, agent.args);
  }

  /** Connects; rejects where the library says that it did not work out. */
  connect(options: Connect5): Promise<Answer5> {
    return this.#ask({ do: "connect", ...options });
  }

  /** Subscribes with one packet. */
  subscribe(filters: readonly Filter5[], identifier?: number): Promise<Answer5> {
    return this.#ask({ do: "subscribe", filters, identifier });
  }

  /** Unsubscribes with one packet. */
  unsubscribe(...filters: string[]): Promise<Answer5> {
    return this.#ask({ do: "unsubscribe", filters });
  }

  /** Publishes; `alias` for those libraries that do not choose one by themselves. */
  publish(message: Message5, alias?: number): Promise<Answer5> {
    return this.#ask({ do: "publish", ...message, alias });
  }

  /** The next message, with the properties that it has. */
  async next(): Promise<Message5> {
    for (;;) {
      const known = this.#messages.shift();
      if (known !== undefined) return known;
      await this.#keep();
    }
  }

  /** The next event. */
  async event(): Promise<Event5> {
    for (;;) {
      const known = this.#events.shift();
      if (known !== undefined) return known;
      await this.#keep();
    }
  }

  /** Ends the connection with DISCONNECT; with 4 the broker publishes the will. */
  async leave(reason = 0): Promise<void> {
    await this.#ask({ do: "disconnect", reason });
    await this.#child.finished();
  }

  /** Ends the connection without DISCONNECT: the process is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end("SIGKILL");
  }

  async #ask(command: { readonly do: string } & Record<string, unknown>): Promise<Answer5> {
    await this.#child.send(JSON.stringify(command) + "\n");
    for (;;) {
      const answer = await this.#keep();
      if (answer?.done === command.do) return answer;
    }
  }

  /** Reads a line; what is no answer is kept. */
  async #keep(): Promise<Line | undefined> {
    const line = JSON.parse(await this.#child.line(), withoutNull) as Line;
    if (line.error !== undefined) throw new Error(line.error);
    if (line.message !== undefined) this.#messages.push(line.message);
    else if (line.event !== undefined) this.#events.push({ ...line, event: line.event });
    else return line;
    return undefined;
  }
}

/** An agent may write null or an empty list for what is not there. */
function withoutNull(_key: string, value: unknown): unknown {
  if (value === null) return undefined;
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}
