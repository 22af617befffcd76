/**
 * Drives mosquitto_pub and mosquitto_sub. Used by clients_test.ts. Their debug output (`-d`) tells
 * of SUBACK; `-F %j` prints each message as one line of JSON.
 */
import { Child, tryCommand } from "./child.ts";
import { PATIENCE_MS } from "../../support/patience.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";
import type { Driver, Listener, ListenOptions, Message } from "./driver.ts";
import type { QoS } from "../../../lib/wire/packets.ts";

export const mosquittoDriver: Driver = {
  name: "mosquitto_pub/mosquitto_sub",
  transport: "tcp",

  async missing(): Promise<string | undefined> {
    // --help leaves with 1 in some versions: only a tool that cannot be started is missing.
    const reasons = await Promise.all(
      ["mosquitto_pub", "mosquitto_sub", "stdbuf"].map((tool) => tryCommand(tool, ["--help"])),
    );
    return reasons.find((reason) => reason?.endsWith("is not installed"));
  },

  async listen(broker: BrokerAddress, options: ListenOptions): Promise<Listener> {
    const child = new Child("stdbuf", listenArguments(broker, options));
    const early: Message[] = [];
    // All filters go in one SUBSCRIBE. A resumed session's messages may overtake its SUBACK.
    for (let line = ""; !line.startsWith("Subscribed (mid:");) {
      line = await child.line();
      if (line.startsWith("{")) early.push(toMessage(line));
    }
    return {
      next: () => nextMessage(child, early),
      // mosquitto_sub sends DISCONNECT when it is asked to end.
      leave: () => child.end("SIGTERM"),
      vanish: () => child.end("SIGKILL"),
    };
  },

  async publish(broker: BrokerAddress, messages: readonly Message[]): Promise<void> {
    for (const { topic, payload, qos, retain } of messages) {
      const args = [...address(broker), "-q", `${qos}`, "-t", topic];
      if (retain) args.push("-r");
      // -s sends standard input as one message; it refuses an empty one, which -n is for.
      const child = new Child("mosquitto_pub", [...args, payload === "" ? "-n" : "-s"]);
      if (payload !== "") await child.send(payload);
      await child.finished();
    }
  },
};

function address(broker: BrokerAddress): string[] {
  return ["-h", broker.hostname, "-p", `${broker.port}`];
}

function listenArguments(broker: BrokerAddress, options: ListenOptions): string[] {
  // Into a pipe mosquitto_sub would hold its lines back; stdbuf becomes mosquitto_sub by exec.
  const args = ["-oL", "mosquitto_sub", ...address(broker)];
  args.push("-d", "-F", "%j", "-i", options.clientId);
  args.push("-q", `${options.qos}`);
  if (!options.cleanSession) args.push("-c");
  for (const filter of options.topicFilters) args.push("-t", filter);
  const { will } = options;
  if (will === undefined) return args;
  args.push("--will-topic", will.topic, "--will-payload", will.payload);
  args.push("--will-qos", `${will.qos}`);
  return will.retain ? [...args, "--will-retain"] : args;
}

async function nextMessage(child: Child, early: Message[]): Promise<Message> {
  const known = early.shift();
  if (known !== undefined) return known;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const line = await child.line();
    if (line.startsWith("{")) return toMessage(line);
    if (performance.now() > deadline) {
      throw new Error("mosquitto_sub: no message, only other lines");
    }
  }
}

/** From mosquitto_sub's `{"topic":"a","qos":1,"retain":0,"payload":"x",...}`; no payload when empty. */
function toMessage(line: string): Message {
  const { topic, payload, qos, retain } = JSON.parse(line) as {
    topic: string;
    payload?: string;
    qos: QoS;
    retain: number;
  };
  return { topic, payload: payload ?? "", qos, retain: retain === 1 };
}
