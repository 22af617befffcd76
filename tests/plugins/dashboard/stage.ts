/** A dashboard without a network: requests go in as a server would give them, its broker is in the test's hands. */
import { safeParse } from "valibot";
import { Dashboard } from "../../../plugins/dashboard/server.ts";
import { OPTIONS } from "../../../plugins/dashboard/options.ts";
import type { Host } from "../../../plugins/dashboard/requests.ts";
import type { Caller, LoginResult, MqttUpgrade, TokenHolder } from "../../../plugin.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A request, as far as it is not the usual one. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly host?: string;
  readonly address?: string;
  readonly isSecure?: boolean;
  readonly signal?: AbortSignal;
}

/** Who is logged in, and how their page asks. */
export interface LoggedIn {
  readonly cookie: string;
  readonly csrf: string;
}

/** Users whose password is `right`. */
export const USERS: Readonly<Record<string, Pick<LoginResult, "superuser">>> = {
  alice: { superuser: false },
  victor: { superuser: false },
  root: { superuser: true },
  carl: { superuser: false },
};

const HOST = "127.0.0.1:18083";

/** A dashboard and its broker. */
export class Stage {
  readonly clock = new FakeClock();
  readonly dashboard: Dashboard;
  readonly commands: [name: string, args: unknown, caller: Caller][] = [];
  readonly tokens = new Map<string, TokenHolder>([
    ["midge_admin", { id: "1", name: "ci", role: "admin" }],
    ["midge_viewer", { id: "2", name: "", role: "viewer" }],
  ]);
  readonly log: string[] = [];
  /** What a command answers; what it throws is thrown. */
  answer: (name: string, args: unknown) => unknown = () => ({});
  logins = 0;

  constructor(options: Readonly<Record<string, unknown>> = {}, knowsPasswords = true) {
    const result = safeParse(OPTIONS, { admins: ["alice"], viewers: ["victor"], ...options });
    if (!result.success) throw new Error(result.issues[0].message);
    this.dashboard = new Dashboard(this.#host(knowsPasswords), result.output);
  }

  /** What is answered; a WebSocket is an error. */
  async ask(path: string, sent: Sent = {}): Promise<Response> {
    const answer = await this.upgrade(path, sent);
    if (answer instanceof Response) return answer;
    throw new Error("it became a WebSocket");
  }

  /** What is answered. */
  async upgrade(path: string, sent: Sent = {}): Promise<Response | MqttUpgrade> {
    const { method = "GET", headers = {}, body, host = HOST, address = "192.0.2.7" } = sent;
    const { isSecure = false, signal = new AbortController().signal } = sent;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const request = new Request(`${isSecure ? "https" : "http"}://${host}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
    return await this.dashboard.answer({ request, address, port: 4711, isSecure, signal });
  }

  /** Logs in, and fails where that fails. */
  async logIn(login: Readonly<Record<string, string>>, sent: Sent = {}): Promise<LoggedIn> {
    const response = await this.tryLogIn(login, sent);
    const { csrf, error } = await response.json();
    if (response.status !== 200) throw new Error(`${response.status} ${error.message}`);
    const cookie = (response.headers.get("set-cookie") ?? "").split(";", 1)[0]!;
    return { cookie, csrf };
  }

  /** The answer to a login. */
  tryLogIn(login: unknown, sent: Sent = {}): Promise<Response> {
    return this.ask("/login", { method: "POST", body: login, ...sent });
  }

  #host(hasOtherAuthenticator: boolean): Host {
    const log = (line: string) => void this.log.push(line);
    return {
      clock: this.clock,
      version: "1.2.3",
      hasOtherAuthenticator,
      logger: { debug: log, info: log, warn: log, error: log, isEnabledFor: () => true },
      manage: async (name, args, caller) => {
        this.commands.push([name, args, caller]);
        return await this.answer(name, args);
      },
      authenticate: ({ username, password }) => {
        this.logins++;
        const user = Object.hasOwn(USERS, username) ? USERS[username] : undefined;
        const allowed = user !== undefined && password === "right";
        const superuser = allowed && user.superuser;
        return Promise.resolve({ allowed, username, superuser, because: "the test" });
      },
      tokens: {
        holderOf: (token) => Promise.resolve(this.tokens.get(token)),
        isValid: (id) => Promise.resolve([...this.tokens.values()].some((one) => one.id === id)),
        isEmpty: () => Promise.resolve(this.tokens.size === 0),
      },
    };
  }
}

/** Of an admin by password. */
export const ALICE = { username: "alice", password: "right" };
/** Of a viewer by password. */
export const VICTOR = { username: "victor", password: "right" };

/** What a page of ours sends with a change. */
export function fromPage({ cookie, csrf }: LoggedIn, host = HOST): Record<string, string> {
  return {
    cookie,
    "x-csrf-token": csrf,
    "sec-fetch-site": "same-origin",
    origin: `http://${host}`,
  };
}

/** What a program sends. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** The code of an error, and its status. */
export async function problem(response: Response): Promise<[status: number, code: string]> {
  const { error } = await response.json();
  return [response.status, error.code];
}
