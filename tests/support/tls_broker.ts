/**
 * A broker with one TLS listener on a clock of the test, its log, and clients of node:tls that say how they fared.
 * Invariant: after disposal nothing is open.
 */
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import type { BrokerConfig, ListenerOptions } from "../../lib/config/types.ts";
import { Broker, type BrokerOptions } from "../../mod.ts";
import { captureLog } from "./clocked_broker.ts";
import { FakeClock } from "./fake_clock.ts";
import { AUTHORITY, CLIENT, Pki, PKI_NOW } from "./pki.ts";
import { within } from "./raw_client.ts";
import { connect as connectPacket, type RawConnect } from "./raw_packets.ts";
import { turn } from "./until.ts";

/** How a client fared: what CONNACK said, or that there was none. */
export type Fared = "in" | "out";

/** An authority, a server `localhost`, and a client `dev` of it. */
export async function tlsPki(): Promise<Pki> {
  const pki = await Pki.make();
  await pki.issue({ name: "root", extensions: AUTHORITY });
  await serverOf(pki, "server", "localhost");
  await pki.issue({ name: "dev", issuer: "root", extensions: CLIENT });
  return pki;
}

/** A server's certificate whose key only its user can read. */
export async function serverOf(
  pki: Pki,
  name: string,
  host: string,
  until?: string,
): Promise<void> {
  const extensions = [`subjectAltName=DNS:${host}`];
  await pki.issue({ name, issuer: "root", extensions, ...(until === undefined ? {} : { until }) });
  await Deno.chmod(`${pki.folder}/${name}.key`, 0o600);
}

/** A started broker in the hands of a test. */
export class TlsBroker implements AsyncDisposable {
  readonly clock = new FakeClock(PKI_NOW);
  readonly log: string[] = captureLog();
  readonly broker: Broker;
  readonly #sockets: TLSSocket[] = [];
  readonly #pki: Pki;

  private constructor(pki: Pki, listener: ListenerOptions, options: BrokerOptions) {
    this.#pki = pki;
    this.broker = new Broker(tlsConfig(pki, listener, options), this.clock);
  }

  /** `listener` stands over ssl with the server's certificate, `options` beside it. */
  static async start(
    pki: Pki,
    listener: ListenerOptions = {},
    options: BrokerOptions = {},
  ): Promise<TlsBroker> {
    const it = new TlsBroker(pki, listener, options);
    await it.broker.start();
    return it;
  }

  get port(): number {
    return this.broker.listeners[0]!.port;
  }

  /** Reloads with another configuration of the listener, which stays where it is. */
  reload(listener: ListenerOptions, options: BrokerOptions = {}): ReturnType<Broker["reload"]> {
    return this.broker.reload(tlsConfig(this.#pki, listener, options));
  }

  /** A client behind its handshake; rejects where that fails. */
  async dial(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const ca = this.#pki.read("root.pem");
    const socket = connect({
      port: this.port,
      host: "127.0.0.1",
      ca,
      servername: "localhost",
      ...options,
    });
    this.#sockets.push(socket);
    socket.on("error", reject).on("close", () => reject(new Error("closed"))).on(
      "secureConnect",
      resolve,
    );
    await within(promise, "a handshake");
    return socket;
  }

  /** Certificate and key of that name, as a client shows them. */
  shows(name: string): ConnectionOptions {
    return { cert: this.#pki.read(`${name}.pem`), key: this.#pki.read(`${name}.key`) };
  }

  /** Is a client let in, which says CONNECT? */
  async fares(options: ConnectionOptions = {}): Promise<Fared> {
    const socket = await this.dial(options).catch(() => undefined);
    return socket === undefined ? "out" : (await this.login(socket)) === undefined ? "out" : "in";
  }

  /** Says CONNECT; the answer, or undefined where the connection ended. */
  async login(socket: TLSSocket, options: RawConnect = {}): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    socket.once("data", resolve).once("close", () => resolve(undefined));
    socket.write(connectPacket(options));
    return await within(promise, "CONNACK");
  }

  /** Waits for a line of the log, from index `from` on. */
  async logged(pattern: RegExp, from = 0): Promise<string> {
    const search = async () => {
      for (;;) {
        const found = this.log.slice(from).find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await turn();
      }
    };
    return await within(search(), `${pattern} in the log`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) await ended(socket);
    await this.broker.stop();
  }
}

async function ended(socket: TLSSocket): Promise<void> {
  if (socket.closed) return;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.destroy();
  await within(closed, "a client's end");
}

function tlsConfig(pki: Pki, listener: ListenerOptions, options: BrokerOptions): BrokerConfig {
  const files = { certfile: "server.pem", keyfile: "server.key" };
  const secure = { ssl: true, bind: "127.0.0.1:0", ...files, ...listener };
  return normalizeConfig({ plugins: { auth_anonymous: null }, ...options, listeners: { secure } }, {
    directory: pki.folder,
  });
}
