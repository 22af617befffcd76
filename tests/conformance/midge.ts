/**
 * Starts Midge for the suite, with its default configuration: only $SYS messages come every second, so that no one
 * waits, and a user and a denied topic are there where a sequence needs them. Invariant: it listens on free ports of
 * 127.0.0.1, and its end leaves nothing.
 */
import { fileURLToPath } from "node:url";
import { Broker } from "../../lib/broker/life/broker.ts";
import type { Need } from "./sequence.ts";
import type { Target } from "./stage.ts";

/** What `startMidge` provides for; sequences with other needs are left out. */
export const MIDGE_PROVIDES: ReadonlySet<Need> = new Set<Need>([
  "websocket",
  "login",
  "deniedTopic",
  "limited",
]);

/** The same user and topic as tests/conformance/mosquitto/ has. */
const LOGIN = { username: "user", password: "secret" };
const DENIED_TOPIC = "prohibited";
const PASSWORDS = fileURLToPath(new URL("./mosquitto/passwords", import.meta.url));

/** A Midge that is listening. */
export interface RunningMidge extends AsyncDisposable {
  target: Target;
}

const OPEN = { auth_anonymous: null, broker_sys: { sys_interval: 1 } };
const ACCESS = { ...OPEN, auth_file: { password_file: PASSWORDS }, topic_taboo: null };

const LIMITS = { max_qos: 1, retain_available: false } as const;

/** Starts one that has what a sequence needs. */
export async function startMidge(needs?: Need): Promise<RunningMidge> {
  const hasAccess = needs === "login" || needs === "deniedTopic";
  const broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" }, web: { type: "ws", bind: "127.0.0.1:0" } },
    plugins: hasAccess ? ACCESS : OPEN,
    ...(needs === "limited" ? LIMITS : {}),
  });
  await broker.start();
  const [tcp, web] = broker.listeners.map(({ port }) => ({ hostname: "127.0.0.1", port }));
  const listening = { address: tcp!, websocket: { ...web!, path: "/mqtt" }, shared: false };
  return {
    target: {
      ...listening,
      ...(hasAccess ? { login: LOGIN, deniedTopic: DENIED_TOPIC } : {}),
      ...(needs === "limited" ? { limited: tcp! } : {}),
    },
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}
