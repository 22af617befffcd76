/**
 * Logging in and out. Invariants: a try is counted before it is looked at; every login begins a session with a key of its
 * own and ends the one before it; neither passwords nor tokens are kept or logged.
 */
import { crossSite, type Gate, isChange, tooMany, unauthorized } from "./access.ts";
import { HttpProblem, jsonAnswer, wrongMethod } from "./answers.ts";
import { clearCookie, setCookie } from "./cookies.ts";
import { isCrossSite } from "./guard.ts";
import { type Identity, identityOfToken, identityOfUser, roleOf, type Roles } from "./identity.ts";
import { type Asked, type Host, jsonBody } from "./requests.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { LoginTries } from "./throttle.ts";

const LONGEST = 64 * 1024;
const NO_PASSWORDS = "no plugin of this broker knows passwords (auth_file, http, ... do); " +
  "log in with a token: midge ctl token new";

/** What was sent to log in. */
type Credentials =
  | { readonly token: string }
  | { readonly username: string; readonly password: string };

/** Lets people in and out. */
export class Logins {
  readonly #host: Host;
  readonly #gate: Gate;
  readonly #sessions: Sessions;
  readonly #tries: LoginTries;
  readonly #roles: Roles;

  constructor(host: Host, gate: Gate, sessions: Sessions, tries: LoginTries, roles: Roles) {
    this.#host = host;
    this.#gate = gate;
    this.#sessions = sessions;
    this.#tries = tries;
    this.#roles = roles;
  }

  /** `POST /login`. */
  async logIn(asked: Asked): Promise<Response> {
    const { request, url, exchange } = asked;
    if (!isChange(request)) throw wrongMethod(["POST"]);
    if (isCrossSite(url, request)) throw crossSite();
    const credentials = credentialsOf(await jsonBody(request));
    const before = await this.#gate.sessionOf(asked);
    const identity = await this.#identityOf(credentials, exchange.address);
    if (before !== undefined) this.#sessions.end(before.key);
    const session = this.#sessions.begin(identity);
    const who = JSON.stringify(identity.name);
    this.#host.logger.info(`${who} (${identity.role}) logged in from ${exchange.address}`);
    const isShownByTls = request.headers.get("origin")?.startsWith("https://") === true;
    const cookie = setCookie(session.key, this.#gate.terms(exchange.isSecure), isShownByTls);
    return jsonAnswer(viewOf(identity, session), 200, { "set-cookie": cookie });
  }

  /** `POST /logout`: also of one that has ended. */
  async logOut(asked: Asked): Promise<Response> {
    const { request, exchange } = asked;
    if (!isChange(request)) throw wrongMethod(["POST"]);
    const { session } = await this.#gate.enter(asked);
    if (session !== undefined) this.#sessions.end(session.key);
    const cookie = clearCookie(this.#gate.terms(exchange.isSecure));
    return jsonAnswer({}, 200, { "set-cookie": cookie });
  }

  async #identityOf(credentials: Credentials, address: string): Promise<Identity> {
    if ("token" in credentials) {
      const holder = await this.#host.tokens?.holderOf(credentials.token);
      if (holder !== undefined) return identityOfToken(holder);
      this.#enter(address, undefined);
      throw unauthorized("the token is wrong, or void");
    }
    if (!this.#host.hasOtherAuthenticator) throw unauthorized(NO_PASSWORDS);
    return await this.#ofUser(credentials, address);
  }

  async #ofUser(
    { username, password }: { username: string; password: string },
    address: string,
  ): Promise<Identity> {
    const entry = this.#enter(address, username);
    const result = await this.#host.authenticate?.({ username, password, address });
    if (result?.allowed !== true) throw unauthorized("the username or the password is wrong");
    entry.right();
    const role = roleOf(result, this.#roles);
    if (role !== undefined) return identityOfUser(result, role);
    throw new HttpProblem(
      403,
      "no_role",
      `${
        JSON.stringify(result.username)
      } may not use the dashboard; expected a superuser, or a user of admins ` +
        "or viewers of the plugin dashboard",
    );
  }

  #enter(address: string, username: string | undefined): { right(): void } {
    const entry = this.#tries.begin(address, username);
    if ("wait" in entry) throw tooMany(entry.wait);
    return entry;
  }
}

/** Who is logged in, as the page is told. */
export function viewOf(
  { name, role, user }: Identity,
  session: Session | undefined,
): Record<string, unknown> {
  const { username, superuser } = user;
  return { name, role, username, superuser, csrf: session?.csrf ?? null };
}

function credentialsOf({ token, username, password }: Record<string, unknown>): Credentials {
  if (isText(token) && username === undefined && password === undefined) return { token };
  if (isText(username) && isText(password) && token === undefined) return { username, password };
  throw new HttpProblem(400, "bad_request", "expected {username, password} or {token}, as text");
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST;
}
