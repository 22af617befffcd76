/** A user who is not there costs the hash that one who is costs: counted as work, in every source with passwords. */
import { assertEquals } from "@std/assert";
import { parsePasswordHash, type StoredPassword } from "../../lib/access/passwords/spec.ts";
import { PasswordVerifier } from "../../lib/access/passwords/verifier.ts";
import { DatabaseSource, type FoundPassword } from "../../lib/access/sources/database.ts";
import type { Hooks } from "../../mod.ts";
import authFile from "../../plugins/auth_file.ts";
import { ARGON2, BCRYPT, MOSQUITTO } from "../access/passwords/vectors.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { login, PluginHarness } from "../support/plugin_harness.ts";
import { startBroker } from "../support/running_broker.ts";
import { returnCodeOf } from "./database/login_load.ts";

const { hash: FAST, password: PASSWORD } = MOSQUITTO[0]!;

/** Notes what would be computed, and computes nothing: a password is right when it says so. */
class Work implements Disposable {
  readonly done: string[] = [];
  readonly #verify = PasswordVerifier.prototype.verify;

  constructor() {
    PasswordVerifier.prototype.verify = (password, hash) => {
      // An empty password is wrong without any work.
      if (password.length > 0) this.done.push(hash.slice(0, hash.lastIndexOf("$", 30)));
      return Promise.resolve(new TextDecoder().decode(password) === PASSWORD);
    };
  }

  /** What was done since the last call. */
  take(): string[] {
    return this.done.splice(0);
  }

  [Symbol.dispose](): void {
    PasswordVerifier.prototype.verify = this.#verify;
  }
}

async function passwordFile(
  content: string,
): Promise<{ hooks: Hooks } & AsyncDisposable> {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/users`, content);
  const hooks = await new PluginHarness({ directory }).setUp(authFile, { password_file: "users" });
  return {
    hooks,
    async [Symbol.asyncDispose]() {
      await hooks.dispose!();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

Deno.test("auth_file: right, wrong and no password, known and unknown users do the same work", async () => {
  using work = new Work();
  await using file = await passwordFile(`ann:${BCRYPT[0]!.hash}\n`);
  const answers: unknown[] = [];
  for (
    const [name, password] of [
      ["ann", PASSWORD],
      ["ann", "wrong"],
      ["ann", undefined],
      ["zoe", PASSWORD],
      ["zoe", "wrong"],
      ["zoe", undefined],
    ] as const
  ) {
    const verdict = await file.hooks.authenticate!(login(name, password));
    answers.push(typeof verdict === "object" ? verdict.because : verdict);
    const [done, ...more] = work.take();
    assertEquals(
      [done?.slice(0, 4), more],
      [BCRYPT[0]!.hash.slice(0, 4), []],
      `${name} ${password}`,
    );
  }
  assertEquals(answers, [
    "allow",
    "wrong password",
    "no password",
    undefined,
    undefined,
    undefined,
  ]);
  await file.hooks.authenticate!(login(undefined, PASSWORD));
  assertEquals(work.take(), []);
});

/** A database that tests make up. */
function database(spec: string, users: Record<string, FoundPassword | null>) {
  const config = { timeout: 5000, on_error: "deny", cache_ttl: 0, concurrency: 10 } as const;
  const source = new DatabaseSource<string>(new PluginHarness().context, config);
  const check = parsePasswordHash(spec);
  const compared: StoredPassword[] = [];
  const hooks = source.hooks({
    password: {
      bind: ({ username }) => username,
      ask: (name) => Promise.resolve(users[name]),
      check: {
        ...check,
        verify: (password, stored, verifier, options) => {
          compared.push(stored);
          return check.verify(password, stored, verifier, options);
        },
      },
    },
  });
  return { hooks, compared, [Symbol.dispose]: () => source.close() };
}

const SPECS: readonly (readonly [spec: string, stored: FoundPassword])[] = [
  ["plain", { hash: "secret" }],
  ["salt,sha256", { hash: "00", salt: "s" }],
  ["pbkdf2,sha256,1000,20", { hash: "00", salt: "s" }],
  ["bcrypt", { hash: BCRYPT[0]!.hash }],
  ["salt,bcrypt", { hash: BCRYPT[0]!.hash, salt: BCRYPT[0]!.hash.slice(0, 29) }],
  ["argon2", { hash: ARGON2[2]!.hash }],
];

for (const [spec, stored] of SPECS) {
  Deno.test(`databases, ${spec}: one comparison, whoever is asked about, and of one cost`, async () => {
    using work = new Work();
    const users = { ann: stored, bare: null, EVE: { ...stored, isOfAnother: true } };
    using source = database(spec, users);
    const rounds = ["ann", "bare", "EVE", "zoe", "ann"].flatMap((name) =>
      ["wrong", undefined].map((password) => [name, password] as const)
    );
    for (const [name, password] of rounds) {
      const verdict = await source.hooks.authenticate!(login(name, password));
      const result = typeof verdict === "object" ? verdict.result : verdict;
      assertEquals(result, name === "zoe" ? undefined : "deny");
      assertEquals(source.compared.splice(0).length, 1, `${name} ${password}`);
    }
    const isSlow = stored.hash.startsWith("$");
    assertEquals(work.done.length, isSlow ? rounds.length : 0);
    assertEquals(new Set(work.done).size, isSlow ? 1 : 0, work.done.join());
  });
}

Deno.test("databases: before any user was seen an unknown one costs the usual, and is never let in", async () => {
  using work = new Work();
  using source = database("bcrypt", {});
  assertEquals(await source.hooks.authenticate!(login("zoe", PASSWORD)), undefined);
  assertEquals(work.take(), ["$2b$10"]);
});

Deno.test("in a chain the work of those who do not know a user is done before a refusal, and for no one who comes in", async () => {
  using work = new Work();
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/users`, `ann:${FAST}\n`);
  const other = inlinePlugin({
    authenticate: ({ client }) =>
      client.username === "bob" ? "allow" : client.username === "eve" ? "deny" : undefined,
  });
  const plugins = { auth_file: { password_file: `${directory}/users` }, [other]: null };
  await using running = await startBroker({ plugins });
  const outcomes: [number, number][] = [];
  for (const username of ["bob", "eve", "zoe", "ann"]) {
    const code = await returnCodeOf(running.address, { username, password: "wrong" });
    outcomes.push([code, work.take().length]);
  }
  assertEquals(outcomes, [[0, 0], [4, 1], [4, 1], [4, 1]]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("in a chain: work that cannot be done is a server that is not available, as for a known user", async () => {
  using work = new Work();
  const fails = inlinePlugin({
    authenticate: ({ client, beforeRefusal }) => {
      if (client.username === "known") throw new Error("too many wait");
      beforeRefusal!(() => Promise.reject(new Error("too many wait")));
      return undefined;
    },
  });
  await using running = await startBroker({ plugins: { [fails]: null } });
  const codes = ["known", "unknown"].map((username) => returnCodeOf(running.address, { username }));
  assertEquals(await Promise.all(codes), [3, 3]);
  assertEquals(work.done, []);
});
