/**
 * The enhanced authentication of one connection: at its CONNECT, and again later. Invariant: one exchange is under way
 * at most; AUTH without one is an error of the broker.
 */
import { ProtocolError } from "../wire/errors.ts";
import type { AuthPacket, ConnackPacket } from "../wire/packets.ts";
import { type Authentication, AuthenticationRun, authFrame } from "./authentication.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import type { PacketSink } from "./packet_sink.ts";

/** What AUTH packets mean. */
export class LinkAuthentication {
  #run: AuthenticationRun | undefined;
  #again: Deferred<void> | undefined;

  /** @param run has made the properties of CONNECT; undefined: CONNECT has no method */
  constructor(run: AuthenticationRun | undefined) {
    this.#run = run;
  }

  /** CONNACK has come: undefined where there is nothing to look at. */
  finish({ returnCode, properties }: ConnackPacket): Promise<void> | undefined {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined || returnCode !== 0) return undefined;
    return run.finish(properties?.authenticationData);
  }

  /**
   * Authenticates once more, section 4.12.1.
   * @throws ClientError where the client is not content, or one is under way
   */
  async again(
    sink: PacketSink,
    authentication: Authentication,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (this.#run !== undefined) {
      throw new ClientError("authentication", "an authentication is under way already");
    }
    const run = this.#run = new AuthenticationRun(authentication);
    const done = this.#again = new Deferred<void>(signal);
    done.promise.catch(() => {}); // the caller hears of it below
    const properties = await run.next(undefined).catch((error) => {
      this.#run = this.#again = undefined;
      throw error;
    });
    sink.push(authFrame(0x19, properties));
    await done.promise;
  }

  /** AUTH from the broker. */
  async handle(sink: PacketSink, packet: AuthPacket, isOpen: boolean): Promise<void> {
    const { reasonCode, properties = {} } = packet;
    const run = this.#run;
    if (run === undefined) throw new ProtocolError("AUTH without an authentication", "4.12");
    run.check(properties);
    const { authenticationData } = properties;
    if (reasonCode === 0x18) {
      sink.push(authFrame(0x18, await run.next(authenticationData)));
    } else if (isOpen && reasonCode === 0) {
      await run.finish(authenticationData);
      this.#again?.resolve();
      this.#run = this.#again = undefined;
    } else throw new ProtocolError(`AUTH with reason code ${reasonCode}`, "3.15.2.1");
  }

  /** The connection is over. */
  end(error: ClientError): void {
    this.#again?.reject(error);
    this.#run = this.#again = undefined;
  }
}
