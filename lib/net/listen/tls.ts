/**
 * Accepts TLS connections on one address, over node:net and node:tls: Deno's own listener neither asks for certificates
 * nor changes its own. Invariants: no error of a single peer ends it; a handshake is the caller's to end and to time;
 * certificates and what is asked of clients change together, between two handshakes.
 */
import type { Socket } from "node:net";
import type { ListenerConfig, TlsConfig } from "../../config/types.ts";
import type { Clock } from "../../clock.ts";
import { plainAddress } from "../../cidr.ts";
import { problemsOf } from "../../user_error.ts";
import { type FileFollower, WatchedFile } from "../../watched_file.ts";
import type { ByteStream, Peer } from "../stream.ts";
import { HandshakePace } from "./handshake_pace.ts";
import type { Incoming, Listener, ShownCertificate } from "./listener.ts";
import { NodeAcceptor } from "./node_acceptor.ts";
import {
  type HandshakeServices,
  settingsOf,
  shakeHands,
  type TlsSettings,
  warmUp,
} from "./tls_handshake.ts";
import {
  readTlsMaterial,
  shownCertificates,
  tlsFilesOf,
  type TlsMaterial,
} from "./tls_material.ts";
import { withTls } from "./tls_runtime.ts";

/** What a TLS listener needs of the broker. */
export interface TlsServices {
  readonly clock: Clock;
  /** For what only the house does. */
  readonly log: { info(line: string): void; warn(line: string): void; error(line: string): void };
  /** Lets everything else that is ready go first. */
  pause(): Promise<void>;
}

/** Files that are followed, with what is in use. */
interface Followed {
  readonly file: WatchedFile<TlsMaterial>;
  settings: TlsSettings;
}

/** An open TLS listener. */
export class TlsListener implements Listener {
  readonly #services: TlsServices;
  readonly #acceptor: NodeAcceptor;
  readonly #handshakes: HandshakeServices;
  #followed: Followed;

  private constructor(services: TlsServices, acceptor: NodeAcceptor, followed: Followed) {
    this.#services = services;
    this.#acceptor = acceptor;
    this.#followed = followed;
    const pace = new HandshakePace(() => services.pause());
    this.#handshakes = {
      settings: () => this.#followed.settings,
      enter: (address) => pace.enter(address),
      now: () => services.clock.epoch(),
    };
  }

  /** Reads the files, then binds the address; rejects with a UserError, or with what the system says. */
  static async open(config: ListenerConfig, services: TlsServices): Promise<TlsListener> {
    const tls = withTls(config);
    const followed = await follow(config, tls, services);
    for (const line of followed.settings.material.warnings) services.log.warn(line);
    warmUp(followed.settings);
    try {
      const acceptor = await NodeAcceptor.open(config.hostname, config.port);
      return new TlsListener(services, acceptor, followed);
    } catch (cause) {
      await followed.file.close();
      throw cause;
    }
  }

  get address(): string {
    const { hostname, port } = this.#acceptor.bound;
    return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  }

  get port(): number {
    return this.#acceptor.bound.port;
  }

  get certificates(): readonly ShownCertificate[] {
    return shownCertificates(this.#followed.settings.material);
  }

  run(accept: (incoming: Incoming) => void, failed: (cause: unknown) => void): Promise<void> {
    return this.#acceptor.run((socket) => accept(this.#incoming(socket)), failed);
  }

  close(): void {
    this.#acceptor.close();
    void this.#followed.file.close();
  }

  async update(config: ListenerConfig): Promise<readonly string[]> {
    const { settings, file } = this.#followed;
    const tls = withTls(config);
    if (JSON.stringify(tls) === JSON.stringify(settings.tls)) {
      this.#followed.settings = { ...settings, config };
      return await file.reload();
    }
    try {
      this.#followed = await follow(config, tls, this.#services);
    } catch (cause) {
      return problemsOf(cause);
    }
    for (const line of this.#followed.settings.material.warnings) this.#services.log.warn(line);
    await file.close();
    return [];
  }

  #incoming(socket: Socket): Incoming {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined) throw new Error("the connection was gone at once");
    const peer: Peer = { address: plainAddress(remoteAddress), port: remotePort ?? 0 };
    const handshake = shakeHands(socket, peer, this.#handshakes);
    return { peer, stream: new UnreadySocket(socket), handshake };
  }
}

/** A socket in its handshake: it can only be ended. */
class UnreadySocket implements ByteStream {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  read(): Promise<never> {
    return Promise.reject(new Error("the handshake is not over"));
  }

  write(): Promise<never> {
    return this.read();
  }

  close(): void {
    // An answer that was written goes out before the end.
    if (this.#socket.writableEnded) this.#socket.destroySoon();
    else this.#socket.destroy();
  }
}

/** Reads the files of a configuration, and follows them. */
async function follow(
  config: ListenerConfig,
  tls: TlsConfig,
  { clock, log }: TlsServices,
): Promise<Followed> {
  const name = `listener ${config.name}`;
  const follower: FileFollower<TlsMaterial> = {
    read: () => readTlsMaterial(tls, clock.epoch()),
    changed(material) {
      followed.settings = settingsOf(followed.settings.config, tls, material);
      log.info(`${name}: its TLS files are read again`);
      for (const line of material.warnings) log.warn(line);
    },
    failed(problems) {
      for (const line of problems) log.error(`${name}: ${line}; what was there before holds`);
    },
  };
  const [file, material] = await WatchedFile.openSet(name, () => tlsFilesOf(tls), follower, clock);
  const followed: Followed = { file, settings: settingsOf(config, tls, material) };
  return followed;
}
