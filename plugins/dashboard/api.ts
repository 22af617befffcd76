/**
 * The HTTP API: a route for each command of the broker that has one. Invariants: there is no other way to a command; who
 * may only look reaches none that changes something; what a command answers goes out as it is.
 */
import { Hono } from "hono";
import { type CommandName, COMMANDS, isCommandName } from "../../manage.ts";
import type { Access } from "./access.ts";
import { HttpProblem, jsonAnswer, notFound, problemAnswer, wrongMethod } from "./answers.ts";
import { argumentsOf, takePart } from "./arguments.ts";
import type { EventStreams } from "./events.ts";
import { callerOf } from "./identity.ts";
import { pageOf } from "./listings.ts";
import { viewOf } from "./login.ts";
import { problemOf } from "./problems.ts";
import { type Asked, type Host, manage } from "./requests.ts";
import type { Sessions } from "./sessions.ts";

/** Where the API is, below `base_path`. */
export const API_PATH = "/api/v1";

/** What a route gets with its request. */
type Env = { readonly asked: Asked; readonly access: Access };

/** The routes, and what they need. */
export class Api {
  readonly #host: Host;
  readonly #sessions: Sessions;
  readonly #streams: EventStreams;
  readonly #app = new Hono<{ Bindings: Env }>();

  constructor(host: Host, sessions: Sessions, streams: EventStreams) {
    this.#host = host;
    this.#sessions = sessions;
    this.#streams = streams;
    this.#route(
      "GET",
      "/me",
      ({ access: { identity, session } }) => Promise.resolve(jsonAnswer(viewOf(identity, session))),
    );
    this.#route("GET", "/openapi.json", async () => {
      // A computed name, so that its package is fetched when it is asked for.
      const { openApi }: typeof import("./openapi.ts") = await import(
        new URL("./openapi.ts", import.meta.url).href
      );
      return jsonAnswer(openApi(host.version));
    });
    for (const name of commandNames()) this.#addCommand(name);
    this.#addWrongMethods();
  }

  /** Answers a request for a path below `API_PATH`. */
  async answer(asked: Asked, access: Access): Promise<Response> {
    const { request, path, url } = asked;
    const target = new Request(new URL(path.slice(API_PATH.length) + url.search, "http://api"), {
      method: request.method === "HEAD" ? "GET" : request.method,
    });
    return await this.#app.fetch(target, { asked, access });
  }

  #addCommand(name: CommandName): void {
    const [method = "", path = ""] = (COMMANDS[name].route ?? "").split(" ");
    this.#route(method, path, (env, args) => this.#do(name, env, args));
  }

  #route(
    method: string,
    path: string,
    answer: (env: Env, args: Record<string, string>) => Promise<Response>,
  ): void {
    this.#app.on(method, honoPath(path), async (c) => {
      try {
        return await answer(c.env, c.req.param());
      } catch (cause) {
        return problemAnswer(problemOf(cause, this.#host.logger));
      }
    });
  }

  /** Behind all others, so that what they do not take comes here. */
  #addWrongMethods(): void {
    const methods = new Map<string, string[]>([["/me", ["GET"]], ["/openapi.json", ["GET"]]]);
    for (const name of commandNames()) {
      const [method = "", path = ""] = (COMMANDS[name].route ?? "").split(" ");
      methods.set(path, [...methods.get(path) ?? [], method]);
    }
    for (const [path, allowed] of methods) {
      this.#app.all(honoPath(path), () => problemAnswer(wrongMethod(allowed)));
    }
    this.#app.notFound(() => problemAnswer(notFound("there is no such route")));
  }

  async #do(name: CommandName, env: Env, path: Record<string, string>): Promise<Response> {
    const { asked: { request, url, exchange }, access } = env;
    const command = COMMANDS[name];
    const caller = callerOf(access.identity);
    if (command.isChange && !caller.isAdmin) throw onlyLooks(caller.name);
    const query = new URLSearchParams(url.search);
    const part = "row" in command ? takePart(query) : undefined;
    const args = await argumentsOf(name, request, path, query);
    if ("event" in command) this.#streams.checkRoom(access.identity.name);
    const answer = await manage(this.#host, name, args, caller);
    if (part !== undefined) return jsonAnswer(await pageOf(answer as Iterable<unknown[]>, part));
    if ("event" in command) {
      return this.#streams.answer(answer as AsyncIterator<unknown>, access, exchange.signal);
    }
    this.#endSessions(name, args, access);
    return jsonAnswer(answer);
  }

  /** Who has no user, or another password, must log in again. */
  #endSessions(name: CommandName, { username }: Record<string, unknown>, access: Access): void {
    if (name !== "user remove" && name !== "user passwd") return;
    if (typeof username === "string") this.#sessions.endOfUser(username, access.session?.key);
  }
}

/** Those with a route. */
export function commandNames(): CommandName[] {
  return Object.keys(COMMANDS).filter(isCommandName)
    .filter((name) => COMMANDS[name].route !== undefined);
}

function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

function onlyLooks(name: string): HttpProblem {
  return new HttpProblem(403, "read_only", `${name} may only look`);
}
