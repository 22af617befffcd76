/**
 * What EMQ X says of a listener besides its address: TLS, WebSocket, proxies. Invariant: a client is asked for a
 * certificate where it was, and nothing that kept clients out is passed over.
 */
import type { Draft, Plain, SourceFile } from "./draft.ts";
import { asksForCertificates, type EmqxListener, hasTls } from "./emqx_obstacles.ts";
import type { Settings } from "./emqx_settings.ts";
import { isOn } from "./emqx_zone.ts";
import { type Library, locateOrFail } from "./library.ts";
import { badValue, readFlag, type Statement, textOf } from "./statements.ts";
import { originsOf } from "./origins.ts";
import { setForwardedFor, setProxyProtocol } from "./trusted_proxies.ts";

/** Where an import is under way. */
export interface Surroundings {
  readonly library: Library;
  /** Files that name others. */
  readonly confs: readonly SourceFile[];
  readonly draft: Draft;
}

const TLS_VERSIONS = ["tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3"];
const FORWARDED_FOR = "x-forwarded-for";

/** Writes them all. @throws {UserError} where a file that is named is not here */
export async function setTransport(
  name: string,
  listener: EmqxListener,
  settings: Settings,
  around: Surroundings,
): Promise<void> {
  const to = new Target(name, listener, settings, around);
  if (hasTls(listener)) await to.setTls();
  if (listener.type.startsWith("ws")) to.setWebSocket();
  to.setProxies();
}

/** One listener. */
class Target {
  readonly #name: string;
  readonly #listener: EmqxListener;
  readonly #settings: Settings;
  readonly #around: Surroundings;
  readonly #draft: Draft;

  constructor(
    name: string,
    listener: EmqxListener,
    settings: Settings,
    around: Surroundings,
  ) {
    this.#name = name;
    this.#listener = listener;
    this.#settings = settings;
    this.#around = around;
    this.#draft = around.draft;
  }

  async setTls(): Promise<void> {
    this.#set("ssl", true, undefined);
    await this.#setPath("certfile", "certfile");
    await this.#setPath("keyfile", "keyfile");
    const passphrase = this.#take("key_password");
    if (passphrase !== undefined) this.#set("key_passphrase", textOf(passphrase), passphrase);
    this.#setVersion(this.#take("tls_versions"));
    this.#skip("ciphers", "Deno chooses the ciphers, and has only good ones");
    await this.#setClients();
  }

  /** EMQ X: verify_peer asks, and lets in without one unless fail_if_no_peer_cert is on. */
  async #setClients(): Promise<void> {
    const { prefix } = this.#listener;
    const asks = asksForCertificates(this.#listener, this.#settings);
    const verify = this.#take("verify");
    const isNeeded = isOn(this.#take("fail_if_no_peer_cert"));
    if (asks) {
      await this.#setPath("cacertfile", "cafile");
      this.#set("verify_client", isNeeded ? "required" : "optional", verify);
      this.#setNames();
      this.#settings.take(`${prefix}.enable_crl_check`);
      return this.#skip("depth", "chains of certificates may be of any length");
    }
    this.#skip(
      "cacertfile",
      "no client is asked for a certificate (verify); certificates between the server's and its " +
        "authority's belong into certfile",
    );
    for (const key of ["peer_cert_as_username", "peer_cert_as_clientid"]) {
      this.#skip(key, "no client is asked for a certificate (verify)");
    }
  }

  #setNames(): void {
    for (const name of ["username", "clientid"]) {
      const from = this.#take(`peer_cert_as_${name}`);
      if (from !== undefined) this.#set(`cert_as_${name}`, from.value, from);
    }
  }

  #setVersion(statement: Statement | undefined): void {
    if (statement === undefined) return;
    const versions = statement.value.split(",").map((one) => one.trim());
    if (!versions.every((one) => TLS_VERSIONS.includes(one))) {
      throw badValue(statement, `some of ${TLS_VERSIONS.join(", ")}`);
    }
    const least = versions.includes("tlsv1.2") || !versions.includes("tlsv1.3") ? "1.2" : "1.3";
    this.#set("min_version", least, statement);
    const isSame = versions.includes("tlsv1.3") && versions.every((one) => /1\.[23]$/.test(one));
    if (isSame) return;
    this.#draft.differ(statement.key, statement.place, `TLS ${least} and later are spoken`);
  }

  setWebSocket(): void {
    const path = this.#take("mqtt_path");
    this.#set("path", path?.value ?? "/mqtt", path ?? "EMQ X's default");
    const isChecked = isOn(this.#take("check_origin_enable"));
    const origins = this.#take("check_origins");
    const absence = this.#take("allow_origin_absence");
    if (isChecked) this.#setOrigins(origins, absence);
    const strict = this.#take("fail_if_no_subprotocol");
    if (strict !== undefined && readFlag(strict)) {
      const what = "a client that names no subprotocol is let in";
      this.#draft.differ(strict.key, strict.place, what);
    }
    this.#setSubprotocols(this.#take("supported_subprotocols"));
  }

  #setOrigins(origins: Statement | undefined, absence: Statement | undefined): void {
    this.#set("origins", originsOf((origins?.value ?? "").split(",")), origins);
    if (absence === undefined || readFlag(absence)) return;
    const what = "programs that are no pages, and name no origin, are let in";
    this.#draft.differ(absence.key, absence.place, what);
  }

  #setSubprotocols(statement: Statement | undefined): void {
    if (statement === undefined) return;
    const names = statement.value.split(",").map((one) => one.trim());
    const others = names.filter((one) => one !== "mqtt" && one !== "mqttv3.1");
    if (others.length === 0 && names.includes("mqtt")) return;
    this.#draft.differ(statement.key, statement.place, "they are mqtt and mqttv3.1");
  }

  setProxies(): void {
    const header = this.#take("proxy_address_header");
    this.#skip("proxy_port_header", "a client's port is not taken from a header");
    const proxy = this.#take("proxy_protocol");
    if (proxy !== undefined && readFlag(proxy)) {
      if (!hasTls(this.#listener)) this.#setNames();
      return setProxyProtocol(this.#name, "EMQ X", proxy, this.#draft);
    }
    if (!this.#listener.type.startsWith("ws")) return;
    if (header !== undefined && header.value.toLowerCase() !== FORWARDED_FOR) {
      return this.#draft.skip(
        header.key,
        header.place,
        "X-Forwarded-For is the header that is read",
      );
    }
    const place = header?.place ?? this.#settings.peek(this.#listener.prefix)?.place;
    setForwardedFor(this.#name, "EMQ X", place, this.#draft);
  }

  #take(key: string): Statement | undefined {
    return this.#settings.take(`${this.#listener.prefix}.${key}`);
  }

  #set(key: string, value: Plain, from: Statement | string | undefined): void {
    const origin = typeof from === "string" ? from : from?.place;
    this.#draft.set(["listeners", this.#name, key], value, origin);
  }

  async #setPath(from: string, to: string): Promise<void> {
    const statement = this.#take(from);
    if (statement === undefined) return;
    const { library, confs } = this.#around;
    this.#set(to, await locateOrFail(library, statement, confs), statement);
  }

  #skip(key: string, why: string): void {
    const statement = this.#take(key);
    if (statement !== undefined) this.#draft.skip(statement.key, statement.place, why);
  }
}
