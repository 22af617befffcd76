/**
 * The open listeners of a broker. Invariants: all are opened or none; what comes in is handed to the core's connections;
 * certificates that the broker gets itself are kept valid while they are open.
 */
import { isWithin } from "../../cidr.ts";
import { showAddress } from "../../config/overlap.ts";
import type { ListenerConfig } from "../../config/types.ts";
import type { Listener, ShownCertificate } from "../../net/listen/listener.ts";
import { ListenerKeyError } from "../../net/listen/listener_error.ts";
import type { TlsServices } from "../../net/listen/tls.ts";
import type { ListenerView } from "../../plugin/types.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { AddressLimits } from "../address_limits.ts";
import type { Door } from "../connections.ts";
import type { Core } from "../core.ts";
import { OwnCertificates } from "./certificates.ts";
import { expiryLine, firstDays, watchExpiry } from "./expiry.ts";
import { type ListenerRow, rowOf, startLine } from "./listener_rows.ts";
import { HttpServers } from "./http_servers.ts";
import { openListener } from "./open_listener.ts";

interface OpenListener {
  readonly door: Door;
  readonly listener: Listener;
  readonly running: Promise<void>;
  config: ListenerConfig;
}

/** Reads what listeners need; throws a UserError with every problem. */
async function checkListenerFiles({ config, clock, logger }: Core): Promise<void> {
  const withTls = config.listeners.filter(({ tls }) => tls !== undefined);
  if (withTls.length === 0) return;
  const { checkTls }: typeof import("../../net/listen/tls_check.ts") = await import(
    new URL("../../net/listen/tls_check.ts", import.meta.url).href
  );
  const problems: string[] = [];
  for (const listener of withTls) {
    const found = await checkTls(withoutOwn(listener), clock.epoch());
    problems.push(...found.problems.map((line) => keyLine(config.file, listener, line)));
    const aging = found.certificates.map((one) => expiryLine([listener.name, one], clock.epoch()));
    for (const line of [...found.warnings, ...aging]) {
      if (line !== undefined) logger.warn(line);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
}

/** Without the certificate that the broker gets itself: a start makes its files. */
function withoutOwn(listener: ListenerConfig): ListenerConfig {
  const { tls } = listener;
  if (tls?.acme === undefined) return listener;
  return { ...listener, tls: { ...tls, certificates: tls.certificates.slice(1) } };
}

/** Opens, accepts, closes. */
export class Listeners {
  readonly #core: Core;
  #open: OpenListener[] = [];
  readonly #own: OwnCertificates;
  #stopWatch: () => void = () => {};
  /** What plugins serve beside them. */
  readonly http: HttpServers;

  constructor(core: Core) {
    this.#core = core;
    this.#own = new OwnCertificates(core);
    this.http = new HttpServers(core);
    core.certificateDaysLeft = () => firstDays(this.#certificates(), core.clock.epoch());
  }

  /**
   * Reads what listeners need, as a start does; from now on none is opened. What is doubtful is a warning in the log.
   * @throws UserError with every problem
   */
  async check(): Promise<void> {
    this.http.isOnlyChecked = true;
    await checkListenerFiles(this.#core);
  }

  get views(): ListenerView[] {
    return this.#open.map(({ door: { name, type }, listener: { address, port } }) => ({
      name,
      type,
      address,
      port,
    }));
  }

  /** Opens all; rejects with a UserError that has every one that cannot be opened. */
  async open(configs: readonly ListenerConfig[]): Promise<void> {
    const problems = await this.#own.follow(configs);
    if (problems.length > 0) throw new UserError(problems);
    const opened: [ListenerConfig, Listener][] = [];
    for (const config of configs) {
      try {
        opened.push([config, await openListener(config, servicesOf(this.#core))]);
      } catch (cause) {
        problems.push(...this.#problem(config, cause, opened));
      }
    }
    if (problems.length > 0) {
      for (const [, listener] of opened) listener.close();
      throw new UserError(problems);
    }
    this.#open = opened.map(([config, listener]) => this.#serve(config, listener));
    this.#own.check();
    this.#stopWatch = watchExpiry(this.#core, () => this.#certificates());
  }

  /**
   * Has each listener follow its configuration, and read its files again; address and transport are as they were.
   * @returns a line for each problem: of that listener all that was there before holds
   */
  async update(configs: readonly ListenerConfig[]): Promise<string[]> {
    const problems = await this.#own.follow(configs);
    for (const open of this.#open) {
      const config = configs.find(({ name }) => name === open.config.name);
      if (config === undefined) continue;
      const lines = await open.listener.update?.(config) ?? [];
      problems.push(...lines.map((line) => keyLine(this.#core.config.file, config, line)));
      if (lines.length > 0) continue;
      open.config = config;
      follow(open.door, config);
    }
    this.#own.check();
    problems.push(...await this.http.update());
    return problems;
  }

  /** One for each: where it listens, and what it asks of clients. */
  get lines(): string[] {
    return this.rows.map((row) => `listener ${row.name}: ${startLine(row)}`);
  }

  /** What `midge ctl listeners` tells. */
  get rows(): ListenerRow[] {
    const now = this.#core.clock.epoch();
    return this.#open.map(({ door, listener, config }) => rowOf(door, listener, config, now));
  }

  /** Stops accepting. */
  async close(): Promise<void> {
    const open = this.#open;
    const uncertified = this.#own.close();
    this.#stopWatch();
    for (const { listener } of open) listener.close();
    await Promise.all([...open.map(({ running }) => running), this.http.close()]);
    await uncertified;
    this.#open = [];
  }

  #serve(config: ListenerConfig, listener: Listener): OpenListener {
    const { connections, logs } = this.#core;
    const door = doorOf(config);
    const { name } = door;
    const running = listener.run(
      (incoming) => void connections.accept(incoming, door),
      (cause) => logs.faults.error(`listener ${name} cannot accept: ${messageOf(cause)}`),
    );
    return { door, listener, running, config };
  }

  *#certificates(): Generator<[listener: string, ShownCertificate]> {
    for (const { door, listener } of this.#open) {
      for (const one of listener.certificates ?? []) yield [door.name, one];
    }
    yield* this.http.certificates();
  }

  #problem(
    config: ListenerConfig,
    cause: unknown,
    opened: readonly (readonly [ListenerConfig, Listener])[],
  ): string[] {
    const { file } = this.#core.config;
    if (cause instanceof ListenerKeyError) {
      return cause.problems.map((line) => keyLine(file, config, line));
    }
    const why = cause instanceof Deno.errors.AddrInUse
      ? whoTakes(config.port, opened)
      : whyNot(cause, config);
    const address = config.socketFile?.path ?? showAddress(config);
    return [keyLine(file, config, `bind: cannot listen on ${address}: ${why}`)];
  }
}

function whyNot(cause: unknown, { hostname }: ListenerConfig): string {
  const isLinkLocal = /^fe[89ab][0-9a-f]:/i.test(hostname) && !hostname.includes("%");
  return isLinkLocal && Object(cause).code === "EINVAL"
    ? `a link-local address needs its interface: [${hostname}%eth0]`
    : messageOf(cause);
}

function doorOf(config: ListenerConfig): Door {
  const { name, transport } = config;
  const addresses = new AddressLimits();
  const door: Door = { name, type: transport, maxConnections: 0, connections: 0, addresses };
  follow(door, config);
  return door;
}

/** What a reload can change. */
function follow(door: Door, config: ListenerConfig): void {
  const { maxConnections, limits, certificateNames, trustedProxies } = config;
  const isProxy = (address: string) => isWithin(address, trustedProxies);
  door.maxConnections = maxConnections;
  door.limits = limits;
  door.certificateNames = certificateNames;
  door.isProxy = isProxy;
  door.addresses?.follow(limits, isProxy);
}

/** A name such as localhost may stand for the address of another listener of ours. */
function whoTakes(
  port: number,
  opened: readonly (readonly [ListenerConfig, Listener])[],
): string {
  const own = opened.find(([, listener]) => listener.port === port);
  if (own === undefined) return "the port is taken by another process";
  const [{ name, hostname }] = own;
  return `the port is taken by listener ${name} (${hostname}), or by another process`;
}

/** A line about a key of a listener: `FILE: listeners.NAME.KEY: WHAT`. */
function keyLine(file: string | undefined, { name }: ListenerConfig, line: string): string {
  return `${file === undefined ? "" : `${file}: `}listeners.${name}.${line}`;
}

function servicesOf({ clock, logger, net }: Core): TlsServices {
  return { clock, log: logger, pause: () => net.turn.pause() };
}
