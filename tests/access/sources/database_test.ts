/** DatabaseSource over a database that tests make up: who is asked what, when, and what comes of it. */
import { assertEquals } from "@std/assert";
import { parsePasswordHash, type StoredPassword } from "../../../lib/access/passwords/spec.ts";
import { parseRuleTopic } from "../../../lib/access/rules/rule_topic.ts";
import { EVERYBODY, type Rule } from "../../../lib/access/rules/rule.ts";
import {
  type DatabaseConfig,
  type DatabaseQuestion,
  DatabaseSource,
} from "../../../lib/access/sources/database.ts";
import { RESERVED_NAME } from "../../../lib/access/sources/access_source.ts";
import { SourceError } from "../../../lib/access/sources/error.ts";
import type { Hooks } from "../../../lib/plugin/hook_types.ts";
import { fakeClient, login, PluginHarness } from "../../support/plugin_harness.ts";
import { advance, NEVER } from "./support.ts";

const CONFIG: DatabaseConfig = {
  timeout: 5000,
  on_error: "deny",
  cache_ttl: 10_000,
  concurrency: 100,
};
const DOWN = new SourceError("nobody there", { isTransport: true });

function rule(permission: "allow" | "deny", topic: string): Rule {
  const topics = [parseRuleTopic(topic)];
  return { permission, who: EVERYBODY, action: "pubsub", topics, where: "row", text: topic };
}

/** Answers by what a test says; every question is noted. */
class Fixture implements Disposable {
  readonly harness = new PluginHarness();
  readonly asked: string[] = [];
  password: StoredPassword | undefined | Error;
  isSuperuser: boolean | Error = false;
  rules: readonly Rule[] | undefined | Error;
  readonly hooks: Hooks;
  readonly #source: DatabaseSource<string>;

  constructor(changes: Partial<DatabaseConfig> = {}) {
    this.#source = new DatabaseSource(this.harness.context, { ...CONFIG, ...changes });
    this.hooks = this.#source.hooks({
      password: {
        ...this.#question("password", () => this.password),
        check: parsePasswordHash("plain"),
      },
      superuser: this.#question("superuser", () => this.isSuperuser),
      rules: this.#question("rules", () => this.rules),
    });
  }

  async login(username?: string, password?: string): Promise<unknown> {
    return await this.hooks.authenticate!(login(username, password));
  }

  right(topic: string, username = "ann", clientId = "c1"): unknown {
    return this.hooks.authorize!({
      client: fakeClient({ username, clientId }),
      action: "publish",
      topic,
      qos: 0,
      retain: false,
      signal: NEVER,
    });
  }

  [Symbol.dispose](): void {
    this.#source.close();
  }

  #question<T>(name: string, answer: () => T | Error): DatabaseQuestion<string, T> {
    return {
      bind: ({ username }) => username,
      ask: (bound) => {
        this.asked.push(`${name} of ${bound}`);
        const value = answer();
        return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
      },
    };
  }
}

Deno.test("a login: the password, then the superuser; nothing without the values that are bound", async () => {
  using fixture = new Fixture();
  fixture.password = { hash: "secret" };
  fixture.isSuperuser = true;
  assertEquals(await fixture.login("ann", "secret"), { result: "allow", superuser: true });
  assertEquals(fixture.asked, ["password of ann", "superuser of ann"]);
  assertEquals(await fixture.login("ann", "wrong"), { result: "deny", because: "wrong password" });
  assertEquals(await fixture.login("ann"), { result: "deny", because: "no password" });
  assertEquals(await fixture.login(undefined, "secret"), undefined);
  fixture.password = undefined;
  assertEquals(await fixture.login("ann", "secret"), undefined);
  assertEquals(fixture.asked.length, 5);
});

Deno.test("an error of the super query makes no superuser, and no refusal", async () => {
  using fixture = new Fixture();
  fixture.password = { hash: "secret" };
  fixture.isSuperuser = new SourceError("an odd row");
  assertEquals(await fixture.login("ann", "secret"), { result: "allow", superuser: false });
  assertEquals(fixture.hooks.health!().lastError, "an odd row");
});

Deno.test("rules: the first that applies; one fetch serves all topics, without waiting", async () => {
  using fixture = new Fixture();
  fixture.rules = [rule("deny", "a/secret"), rule("allow", "a/+")];
  assertEquals(await fixture.right("a/b"), { result: "allow", because: "row: a/+" });
  assertEquals(fixture.right("a/secret"), { result: "deny", because: "row: a/secret" });
  assertEquals(fixture.right("other"), undefined);
  assertEquals(fixture.right("a/b", "ann", "c2"), { result: "allow", because: "row: a/+" });
  assertEquals(fixture.asked, ["rules of ann"]);
  assertEquals(fixture.right("a/b", "$all"), RESERVED_NAME);
  fixture.harness.advance(10_000);
  await fixture.right("a/b");
  assertEquals(fixture.asked, ["rules of ann", "rules of ann"]);
});

Deno.test("a reserved name is denied every right without a question, and is no superuser", async () => {
  using fixture = new Fixture();
  fixture.rules = [rule("allow", "#")];
  fixture.password = { hash: "secret" };
  fixture.isSuperuser = true;
  for (const name of ["$all", "$", "$x"]) {
    assertEquals(fixture.right("a/b", name), { ...RESERVED_NAME, result: "deny" });
    assertEquals(await fixture.login(name, "secret"), { result: "allow", superuser: false });
  }
  assertEquals(fixture.asked, ["$all", "$", "$x"].map((name) => `password of ${name}`));
  using own = new Fixture({ isReserved: ({ clientId }) => clientId === "c2" });
  own.rules = [rule("allow", "#")];
  assertEquals(own.right("a/b", "ann", "c2"), RESERVED_NAME);
  assertEquals(await own.right("a/b", "$all", "c1"), { result: "allow", because: "row: #" });
});

Deno.test("nomatch: deny concerns those about whom there are rules", async () => {
  using fixture = new Fixture({ nomatch: "deny", cache_ttl: 0 });
  const denied = (count: number) => ({
    result: "deny",
    because: `none of the client's ${count} rules applies`,
  });
  fixture.rules = [rule("allow", "a")];
  assertEquals(await fixture.right("b"), denied(1));
  fixture.rules = [];
  assertEquals(await fixture.right("b"), denied(0));
  fixture.rules = undefined;
  assertEquals(await fixture.right("b"), undefined);
});

Deno.test("a lost connection is tried again; a server that stays down is spared, and its clients the wait", async () => {
  using fixture = new Fixture();
  fixture.password = DOWN;
  const refused = { result: "deny", because: "nobody there", failed: true, returnCode: 3 };
  const first = fixture.login("ann", "secret");
  await advance(fixture.harness, 700);
  assertEquals(await first, refused);
  assertEquals(fixture.asked.length, 4);
  assertEquals(await fixture.login("ann", "secret"), {
    ...refused,
    because: "still down: nobody there",
  });
  assertEquals(fixture.asked.length, 4);
  fixture.password = { hash: "secret" };
  fixture.harness.advance(100);
  assertEquals(await fixture.login("ann", "secret"), { result: "allow", superuser: false });
  assertEquals(fixture.hooks.health!().state, "up");
});

Deno.test("a server of several parts is always asked", async () => {
  using fixture = new Fixture({ hasParts: true });
  fixture.password = DOWN;
  const first = fixture.login("ann", "secret");
  await advance(fixture.harness, 700);
  await first;
  fixture.password = { hash: "other" };
  assertEquals(await fixture.login("bob", "other"), { result: "allow", superuser: false });
});

Deno.test("on_error: ignore leaves it to the next source", async () => {
  using fixture = new Fixture({ on_error: "ignore" });
  fixture.password = fixture.rules = new SourceError("an odd row");
  const silent = { result: undefined, because: "an odd row", failed: true };
  assertEquals(await fixture.login("ann", "secret"), silent);
  assertEquals(await fixture.right("a"), silent);
});

Deno.test("the password may be overwritten while the database is asked", async () => {
  using fixture = new Fixture();
  fixture.password = { hash: "secret" };
  const request = login("ann", "secret");
  const answer = fixture.hooks.authenticate!(request);
  request.password!.fill(0);
  assertEquals(await answer, { result: "allow", superuser: false });
});
