/**
 * What must hold for every database while its server dies, comes back and hangs: registered once for each server.
 * Invariant: nothing here is told by a clock; the order of events tells, and every wait has a deadline.
 */
import { assert, assertEquals } from "@std/assert";
import { type Requirement, serviceTest } from "../../services/service_test_case.ts";
import type { Service } from "../../services/process.ts";
import { connectionsTo } from "../../services/system.ts";
import { RawClient, within } from "../../support/raw_client.ts";
import { startBroker } from "../../support/running_broker.ts";
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

/** No wrong answer at any time, right ones again within two seconds, no connection left behind. */
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
    await load.accepted(1, "a login after the restart", 2000);
  }
  await load.stop();
  assertEquals(load.wrong, []);
  const left = await connectionsTo(server.port);
  assert(left <= POOL + (subject.extraConnections ?? 0), `${left} connections are left`);
}

/** Every waiting CONNECT is refused by its time-out; meanwhile nobody else waits. */
async function hanging<S extends Service>(subject: Subject<S>): Promise<void> {
  await using server = await subject.start();
  const options = { ...subject.options(server), timeout: "3s" };
  await using running = await startBroker({ plugins: { [subject.name]: options } });
  await using other = await RawClient.open(running.address, credentials("other"));
  await server.pause();
  const events: string[] = [];
  const waiting = Array.from(
    { length: 20 },
    (_, index) => returnCodeOf(running.address, credentials(`waiting${index}`)),
  );
  const refusals = Promise.all(waiting).then((codes) => {
    events.push("refused");
    return codes;
  });
  for (let count = 0; count < 100; count++) await other.expectNothing();
  events.push("100 round trips");
  assertEquals(await within(refusals, "the refusals"), waiting.map(() => SERVER_UNAVAILABLE));
  assertEquals(events, ["100 round trips", "refused"]);
  await server.resume();
  await using load = new LoginLoad(running.address, []);
  await load.accepted(1, "a login after the server went on", 2000);
}

function credentials(clientId: string) {
  return { clientId, username: "emqx", password: "public" };
}
