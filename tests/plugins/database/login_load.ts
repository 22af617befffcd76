/** Clients that log in again and again: with the right password, with a wrong one, with names that nobody has. */
import { type BrokerAddress, RawClient } from "../../support/raw_client.ts";
import { connect, type RawConnect } from "../../support/raw_packets.ts";
import { until } from "../../support/until.ts";

const ACCEPTED = 0;
const SERVER_UNAVAILABLE = 3;
const BAD_USERNAME_OR_PASSWORD = 4;
const WORKERS = 4;
/** More failures of one name would be answered late. */
const MAX_WRONG_LOGINS = 4;

/** Logs in all the time until it is stopped. Use `await using`. */
export class LoginLoad implements AsyncDisposable {
  /** Answers that were neither right nor a refusal for want of the server. */
  readonly wrong: string[] = [];
  readonly #address: BrokerAddress;
  readonly #victims: readonly string[];
  readonly #running: Promise<unknown>;
  #accepted = 0;
  #unanswered = 0;
  #isStopped = false;

  /** @param victims Names of users whose password is not `wrong`. */
  constructor(address: BrokerAddress, victims: readonly string[]) {
    this.#address = address;
    this.#victims = victims;
    const workers = Array.from({ length: WORKERS }, () => this.#rightLogins());
    this.#running = Promise.all([...workers, this.#wrongLogins(), this.#unknownLogins()]);
  }

  /** Resolves after so many more logins; `meanwhile` is called in every turn until then. */
  accepted(count: number, what: string, meanwhile = () => {}): Promise<void> {
    const goal = this.#accepted + count;
    const isSo = () => {
      meanwhile();
      return this.#accepted >= goal;
    };
    return until(isSo, what);
  }

  /** Resolves after so many more refusals that say that there was no answer. */
  unanswered(count: number, what: string): Promise<void> {
    const goal = this.#unanswered + count;
    return until(() => this.#unanswered >= goal, what);
  }

  /** Resolves when the last login has its answer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #rightLogins(): Promise<void> {
    while (!this.#isStopped) await this.#login("emqx", "public", ACCEPTED);
  }

  async #wrongLogins(): Promise<void> {
    for (let round = 0; round < MAX_WRONG_LOGINS; round++) {
      for (const name of this.#victims) {
        if (this.#isStopped) return;
        await this.#login(name, "wrong", BAD_USERNAME_OR_PASSWORD);
      }
    }
  }

  async #unknownLogins(): Promise<void> {
    while (!this.#isStopped) {
      await this.#login(crypto.randomUUID(), "public", BAD_USERNAME_OR_PASSWORD);
    }
  }

  async #login(username: string, password: string, right: number): Promise<void> {
    try {
      const code = await returnCodeOf(this.#address, { username, password });
      if (code === ACCEPTED) this.#accepted++;
      else if (code === SERVER_UNAVAILABLE) this.#unanswered++;
      if (code !== right && code !== SERVER_UNAVAILABLE) this.wrong.push(`${username}: ${code}`);
    } catch (error) {
      this.wrong.push(`${username}: ${error}`);
    }
  }
}

/** What CONNACK says to such a CONNECT. */
export async function returnCodeOf(address: BrokerAddress, options: RawConnect): Promise<number> {
  await using client = await RawClient.dial(address);
  await client.send(connect({ clientId: crypto.randomUUID(), ...options }));
  return (await client.expectPacket("CONNACK")).body[1]!;
}
