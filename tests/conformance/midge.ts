/**
 * Starts Midge for the suite, with its default configuration: only $SYS messages come every second, so that no one
 * waits, and a user and a denied topic are there where a sequence needs them. Invariant: it listens on free ports of
 * 127.0.0.1, and its end leaves nothing.
 */
import { fileURLToPath } from "node:url";
import { Broker } from "../../lib/broker/life/broker.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { passingOf } from "./passing.ts";
import type { Need } from "./sequence.ts";
import type { Target } from "./stage.ts";

/** What `startMidge` provides for; sequences with other needs are left out. */
export const MIDGE_PROVIDES: ReadonlySet<Need> = new Set<Need>([
  "websocket",
  "login",
  "deniedTopic",
  "limited",
  "scram",
]);

/** The same user and topic as tests/conformance/mosquitto/ has. */
const LOGIN = { username: "user", password: "secret" };
const DENIED_TOPIC = "prohibited";
const SCRAM = fileURLToPath(new URL("./scram_passwords", import.meta.url));
const PASSWORDS = fileURLToPath(new URL("./mosquitto/passwords", import.meta.url));

/** A Midge that is listening. */
export interface RunningMidge extends AsyncDisposable {
  target: Target;
}

const OPEN = { auth_anonymous: null, broker_sys: { sys_interval: 1 } };
const ACCESS = { ...OPEN, auth_file: { password_file: PASSWORDS }, topic_taboo: null };

/** What a sequence with a need is played against, where it is more than the default. */
const PLUGINS: Partial<Record<Need, typeof OPEN>> = {
  login: ACCESS,
  deniedTopic: ACCESS,
  scram: { ...OPEN, auth_scram: { password_file: SCRAM } } as typeof OPEN,
};
const KNOWN: Partial<Record<Need, Partial<Target>>> = {
  login: { login: LOGIN, deniedTopic: DENIED_TOPIC },
  deniedTopic: { login: LOGIN, deniedTopic: DENIED_TOPIC },
  scram: { scram: LOGIN },
};
const LIMITS = { max_qos: 1, retain_available: false, max_keep_alive: 2 } as const;

/** Starts one that has what a sequence needs; with a clock its time passes as the sequence wants. */
export async function startMidge(needs?: Need, clock?: FakeClock): Promise<RunningMidge> {
  const broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" }, web: { type: "ws", bind: "127.0.0.1:0" } },
    plugins: needs === undefined ? OPEN : PLUGINS[needs] ?? OPEN,
    ...(needs === "limited" ? LIMITS : {}),
  }, clock);
  await broker.start();
  const [tcp, web] = broker.listeners.map(({ port }) => ({ hostname: "127.0.0.1", port }));
  const listening = { address: tcp!, websocket: { ...web!, path: "/mqtt" }, shared: false };
  return {
    target: {
      ...listening,
      ...(needs === undefined ? {} : KNOWN[needs]),
      ...(needs === "limited" ? { limited: tcp! } : {}),
      ...(clock === undefined ? {} : { passing: passingOf(clock) }),
    },
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}
