/**
 * Where a scenario of MQTT 5 plays: a broker and agents of one library. The broker is Midge on a clock of the test, or the
 * one that MIDGE_TEST_BROKER=HOST:PORT names, on real time. Invariants: topics and client ids begin with a prefix of this run;
 * after disposal no agent is left, and Midge has logged nothing above info.
 */
import { assertEquals } from "@std/assert";
import type { BrokerOptions } from "../../../mod.ts";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { CuttingProxy } from "../../support/cutting_proxy.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";
import { until } from "../../support/until.ts";
import { parseAddress } from "../clients/broker_under_test.ts";
import { Agent5, type AgentCommand5, type Connect5, type Message5 } from "./agent.ts";

/** Rights that a scenario's denied topics need; everything else is allowed. */
const RULES: BrokerOptions = {
  plugins: {
    auth_anonymous: null,
    acl_file: {
      rules: [
        { permission: "deny", all: true, action: "publish", topics: ["unwritten/#"] },
        { permission: "deny", all: true, action: "subscribe", topics: ["unread/#"] },
        { permission: "allow", all: true, action: "all", topics: "all" },
      ],
    },
  },
};

/** A broker, and what plays before it. Use `await using`. */
export class Stage implements AsyncDisposable {
  /** Begins every topic and client id of this run. */
  readonly prefix = `c5-${crypto.randomUUID().slice(0, 8)}`;
  readonly address: BrokerAddress;
  readonly #command: AgentCommand5;
  readonly #midge: ClockedBroker | undefined;
  readonly #agents: Agent5[] = [];
  readonly #proxies: CuttingProxy[] = [];

  private constructor(command: AgentCommand5, to: ClockedBroker | BrokerAddress) {
    this.#command = command;
    this.#midge = to instanceof ClockedBroker ? to : undefined;
    this.address = to instanceof ClockedBroker ? to.address : to;
  }

  /** A stage for this library; `other` is HOST:PORT of a broker in Midge's place. */
  static async open(command: AgentCommand5, other: string | undefined): Promise<Stage> {
    return new Stage(
      command,
      other === undefined ? await ClockedBroker.start(RULES) : parseAddress(other),
    );
  }

  /** What `name` is called in this run. */
  name(name: string): string {
    return `${this.prefix}/${name}`;
  }

  /** A message at QoS 1 to a topic of this run. */
  message(name: string, payload: string, rest: Partial<Message5> = {}): Message5 {
    return { topic: this.name(name), payload, qos: 1, retain: false, ...rest };
  }

  /** An agent that is not connected yet. */
  agent(): Agent5 {
    const agent = new Agent5(this.#command);
    this.#agents.push(agent);
    return agent;
  }

  /** How an agent of this name connects: over TCP, with clean start, the session ending with its connection. */
  options(name: string, rest: Partial<Connect5> = {}): Connect5 {
    const clientId = `${this.prefix}-${name}`;
    return { ...this.address, transport: "tcp", clientId, cleanStart: true, ...rest };
  }

  /** A connected agent. */
  async client(name: string, rest: Partial<Connect5> = {}): Promise<Agent5> {
    const agent = this.agent();
    const { reason } = await agent.connect(this.options(name, rest));
    assertEquals(reason ?? 0, 0, "CONNACK");
    return agent;
  }

  /** A proxy before the broker. */
  proxy(): CuttingProxy {
    const proxy = new CuttingProxy(this.address);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Kills an agent, and waits until the broker knows that it has gone. */
  async vanish(agent: Agent5, name: string): Promise<void> {
    await agent[Symbol.asyncDispose]();
    const clientId = `${this.prefix}-${name}`;
    const isThere = () => this.#midge!.broker.clients.some((one) => one.clientId === clientId);
    if (this.#midge !== undefined) await until(() => !isThere(), `the end of ${name}`);
  }

  /** Lets this many seconds pass: Midge's at once. */
  async elapse(seconds: number): Promise<void> {
    if (this.#midge !== undefined) return this.#midge.clock.advance(seconds * 1000);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  /** Stops the broker. */
  async stop(): Promise<void> {
    await this.#midge?.broker.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) await agent[Symbol.asyncDispose]();
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
    if (this.#midge === undefined) return;
    await this.#midge[Symbol.asyncDispose]();
    const loud = this.#midge.log.filter((line) => / (warning|error|fatal) /.test(line));
    assertEquals(loud, [], "the broker's log");
  }
}
