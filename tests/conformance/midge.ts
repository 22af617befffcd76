/**
 * Starts Midge for the suite, with everything a sequence can need: a user, a denied topic, $SYS
 * messages, packets above the default size limit. Called by run.ts where no broker is given, and by
 * conformance_test.ts. Invariant: it listens on a free port of 127.0.0.1, and its end leaves nothing.
 */
import { fileURLToPath } from "node:url";
import { Broker } from "../../lib/broker/life/broker.ts";
import type { Need } from "./sequence.ts";
import type { Target } from "./stage.ts";

/** What `startMidge` provides for; sequences with other needs are left out. */
export const MIDGE_PROVIDES: ReadonlySet<Need> = new Set<Need>(["login", "deniedTopic"]);

/** The same user and topic as tests/conformance/mosquitto/ has. */
const LOGIN = { username: "user", password: "secret" };
const DENIED_TOPIC = "prohibited";
const PASSWORDS = fileURLToPath(new URL("./mosquitto/passwords", import.meta.url));

/** A Midge that is listening. */
export interface RunningMidge extends AsyncDisposable {
  target: Target;
}

/** Starts one. */
export async function startMidge(): Promise<RunningMidge> {
  const broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" } },
    plugins: {
      auth_anonymous: null,
      auth_file: { password_file: PASSWORDS },
      topic_taboo: null,
      broker_sys: { sys_interval: 1 },
    },
    max_packet_size: "4MiB",
  });
  await broker.start();
  const { port } = broker.listeners[0]!;
  const address = { hostname: "127.0.0.1", port };
  return {
    target: { address, login: LOGIN, deniedTopic: DENIED_TOPIC, shared: false },
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}
