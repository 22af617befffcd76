/**
 * Answers every request of the dashboard. Invariants: a request for a name that is not ours is refused before anything
 * else; without a login there is the page's files, the login and the health, and nothing of the broker; every answer has
 * the security headers.
 */
import type { HttpExchange, MqttUpgrade } from "../../plugin.ts";
import { Gate, isChange } from "./access.ts";
import { notFound, problemAnswer, wrongMethod } from "./answers.ts";
import { Api, API_PATH } from "./api.ts";
import { EventStreams } from "./events.ts";
import { PageFiles } from "./files.ts";
import { checkHost, KnownHosts } from "./guard.ts";
import { withSecurityHeaders } from "./headers.ts";
import { healthz, readyz } from "./health.ts";
import { LiveConnections } from "./live.ts";
import { Logins } from "./login.ts";
import { LoginProxy } from "./login_proxy.ts";
import { DEFAULT_BIND, type Options } from "./options.ts";
import { problemOf } from "./problems.ts";
import type { Asked, Host } from "./requests.ts";
import { Sessions } from "./sessions.ts";
import { LoginTries } from "./throttle.ts";

/** A dashboard. */
export class Dashboard {
  readonly #host: Host;
  readonly #basePath: string;
  readonly #hosts: KnownHosts;
  readonly #proxy: LoginProxy;
  readonly #gate: Gate;
  readonly #logins: Logins;
  readonly #files = new PageFiles();
  readonly #streams: EventStreams;
  readonly #live: LiveConnections;
  readonly #api: Api;

  constructor(host: Host, options: Options) {
    const { bind, hosts, base_path: basePath, session_time: time } = options;
    const sessions = new Sessions(host.clock, time);
    const tries = new LoginTries(host.clock);
    this.#host = host;
    this.#basePath = basePath;
    this.#hosts = new KnownHosts(bind ?? DEFAULT_BIND, hosts);
    this.#proxy = new LoginProxy(options.login_proxy ?? undefined);
    this.#gate = new Gate(host, sessions, tries, this.#proxy, basePath);
    this.#logins = new Logins(host, this.#gate, sessions, tries, options);
    this.#streams = new EventStreams(host.clock);
    this.#live = new LiveConnections(host.clock);
    this.#api = new Api(host, sessions, this.#streams);
  }

  /** Answers a request. */
  async answer(exchange: HttpExchange): Promise<Response | MqttUpgrade> {
    const isFramed = this.#proxy.has(exchange);
    try {
      const answer = await this.#answer(exchange);
      return answer instanceof Response ? withSecurityHeaders(answer, isFramed) : answer;
    } catch (cause) {
      return withSecurityHeaders(problemAnswer(problemOf(cause, this.#host.logger)), isFramed);
    }
  }

  /** Ends what goes on. */
  end(): void {
    this.#streams.end();
    this.#live.end();
  }

  async #answer(exchange: HttpExchange): Promise<Response | MqttUpgrade> {
    const { request } = exchange;
    const url = new URL(request.url);
    // By the proxy: it has asked for a login under that name, which a name of another site has no cookie for.
    if (!this.#proxy.has(exchange)) checkHost(url, request, this.#hosts);
    const path = this.#below(url.pathname);
    if (path === undefined) {
      return new Response(null, { status: 308, headers: { location: `${this.#basePath}/` } });
    }
    const asked = { exchange, request, url, path };
    if (path === "/healthz") return healthz(asked);
    if (path === "/readyz") return await readyz(asked, this.#host);
    if (path === "/login") return await this.#logins.logIn(asked);
    if (path === "/logout") return await this.#logOut(asked);
    if (path === "/mqtt") return await this.#mqtt(asked);
    if (path === "/api" || path.startsWith("/api/")) return await this.#ofApi(asked);
    return await this.#files.answer(path, request);
  }

  async #ofApi(asked: Asked): Promise<Response> {
    const access = await this.#gate.enter(asked);
    if (!asked.path.startsWith(`${API_PATH}/`)) throw notFound("there is no such route");
    return await this.#api.answer(asked, access);
  }

  async #logOut(asked: Asked): Promise<Response> {
    const answer = await this.#logins.logOut(asked);
    await this.#live.look();
    return answer;
  }

  async #mqtt(asked: Asked): Promise<MqttUpgrade> {
    if (isChange(asked.request)) throw wrongMethod(["GET"]);
    return this.#live.accept(asked, await this.#gate.enter(asked));
  }

  /** A proxy may have taken `base_path` off; undefined: it is that path, and lacks its last slash. */
  #below(path: string): string | undefined {
    const base = this.#basePath;
    if (base === "") return path;
    if (path === base) return undefined;
    return path.startsWith(`${base}/`) ? path.slice(base.length) : path;
  }
}
