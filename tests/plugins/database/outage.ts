/**
 * What must hold for every database while its server dies, comes back and hangs: registered once for each server.
 * Invariant: nothing here is told by a clock; the order of events tells, and every wait has a deadline.
 */
import { assert, assertEquals } from "@std/assert";
import { Broker } from "../../../mod.ts";
import { type Requirement, serviceTest } from "../../services/service_test_case.ts";
import type { Service } from "../../services/process.ts";
import { connectionsTo } from "../../services/system.ts";
import { type BrokerAddress, RawClient } from "../../support/raw_client.ts";
import { until } from "../../support/until.ts";
import { startBroker } from "../../support/running_broker.ts";
import { testConfig } from "../../support/clocked_broker.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { LoginLoad, returnCodeOf } from "./login_load.ts";

/** A database under test. The user `emqx` has the password `public`. */
export interface Subject<S extends Service> {
  /** The plugin's name. */
  readonly name: string;
  readonly requirement: Requirement;
  start(): Promise<S>;
  /** The plugin's options for this server. */
  options(server: S): Record<string, unknown>;
  /** Adds users with the password `right`. */
  addUsers(server: S, names: readonly string[]): Promise<void>;
  /** The driver keeps so many connections beside those of the pool. */
  readonly extraConnections?: number;
}

const VICTIMS = Array.from({ length: 20 }, (_, index) => `victim${index}`);
const SERVER_UNAVAILABLE = 3;
/** What the subjects' options say about `pool`. */
export const POOL = 4;

/** Registers the tests. Await it. */
export async function outageTests<S extends Service>(subject: Subject<S>): Promise<void> {
  await serviceTest(
    subject.requirement,
    `${subject.name}: the server is killed and restarted under load`,
    () => killedUnderLoad(subject),
  );
  await serviceTest(
    subject.requirement,
    `${subject.name}: the server hangs`,
    () => hanging(subject),
  );
}

/** No wrong answer at any time, right ones again by themselves, no connection left behind. */
async function killedUnderLoad<S extends Service>(subject: Subject<S>): Promise<void> {
  await using server = await subject.start();
  await subject.addUsers(server, VICTIMS);
  const options = subject.options(server);
  await using running = await startBroker({ plugins: { [subject.name]: options } });
  await using load = new LoginLoad(running.address, VICTIMS);
  for (let round = 0; round < 3; round++) {
    await load.accepted(20, "logins before the kill");
    await server.kill();
    await load.unanswered(5, "refusals for want of a server");
    await server.start();
    await load.accepted(1, "a login after the restart");
  }
  await load.stop();
  assertEquals(load.wrong, []);
  const left = await connectionsTo(server.port);
  assert(left <= POOL + (subject.extraConnections ?? 0), `${left} connections are left`);
}

/** Every waiting CONNECT is refused by its time-out; meanwhile nobody else waits. The time is the test's. */
async function hanging<S extends Service>(subject: Subject<S>): Promise<void> {
  await using server = await subject.start();
  await using running = await ClockedSource.start(subject, server);
  await using other = await RawClient.open(running.address, credentials("other"));
  await server.pause();
  let areRefused = false;
  const waiting = Array.from(
    { length: 20 },
    (_, index) => returnCodeOf(running.address, credentials(`waiting${index}`)),
  );
  const refusals = Promise.all(waiting).finally(() => areRefused = true);
  for (let count = 0; count < 100; count++) await other.expectNothing();
  assert(!areRefused, "before their time");
  await until(() => (running.clock.advance(1000), areRefused), "the refusals");
  assertEquals(await refusals, waiting.map(() => SERVER_UNAVAILABLE));
  await server.resume();
  await using load = new LoginLoad(running.address, []);
  await load.accepted(1, "a login after the server went on", () => running.clock.advance(10));
}

/** A broker that asks the server, on a clock of the test's. */
class ClockedSource implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly #broker: Broker;

  private constructor(plugins: Record<string, unknown>) {
    this.#broker = new Broker(testConfig({ plugins, connect_timeout: 0 }), this.clock);
  }

  static async start<S extends Service>(subject: Subject<S>, server: S): Promise<ClockedSource> {
    // The driver's own time is real: it has to be longer than a test's turns take.
    const options = { ...subject.options(server), timeout: "60s" };
    const source = new ClockedSource({ [subject.name]: options });
    await source.#broker.start();
    return source;
  }

  get address(): BrokerAddress {
    return { hostname: "127.0.0.1", port: this.#broker.listeners[0]!.port };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#broker.stop();
  }
}

function credentials(clientId: string) {
  return { clientId, username: "emqx", password: "public" };
}
