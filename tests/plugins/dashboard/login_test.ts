/** Logging in to the dashboard: who may, how often one may try, how long it lasts, and the cookie. */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { ALICE, bearer, fromPage, problem, type Sent, Stage, VICTOR } from "./stage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function statusOfMe(stage: Stage, cookie: string): Promise<number> {
  return (await stage.ask("/api/v1/me", { headers: { cookie } })).status;
}

Deno.test("admins, viewers and superusers may log in, other users are told why not", async () => {
  const stage = new Stage();
  const roles: [string, string, boolean][] = [];
  for (const username of ["alice", "victor", "root"]) {
    const response = await stage.tryLogIn({ username, password: "right" });
    const { name, role, superuser } = await response.json();
    roles.push([name, role, superuser]);
  }
  assertEquals(roles, [["alice", "admin", false], ["victor", "viewer", false], [
    "root",
    "admin",
    true,
  ]]);
  const response = await stage.tryLogIn({ username: "carl", password: "right" });
  const { error } = await response.json();
  assertEquals([response.status, error.code], [403, "no_role"]);
  assertStringIncludes(error.message, '"carl" may not use the dashboard; expected a superuser');
  assertEquals(response.headers.get("set-cookie"), null);
});

Deno.test("a wrong password, an unknown user and a wrong token look alike, and begin nothing", async () => {
  const stage = new Stage();
  for (
    const login of [
      { username: "alice", password: "wrong" },
      { username: "nobody", password: "right" },
      { username: "__proto__", password: "right" },
      { token: "midge_wrong" },
    ]
  ) {
    const response = await stage.tryLogIn(login);
    assertEquals(response.headers.get("set-cookie"), null);
    assertEquals(await problem(response), [401, "unauthorized"]);
  }
  for (
    const login of [
      {},
      { username: "alice" },
      { username: "alice", password: "" },
      { username: "alice", password: "right", token: "midge_admin" },
      { token: 1 },
      { username: ["alice"], password: "right" },
      [],
      "text",
      null,
      "{",
    ]
  ) assertEquals(await problem(await stage.tryLogIn(login)), [400, "bad_request"]);
  assertEquals((await stage.ask("/login")).status, 405);
  assertEquals((await stage.ask("/logout")).status, 405);
});

Deno.test("where no plugin knows passwords a token is the only way in, and that is said", async () => {
  const stage = new Stage({}, false);
  const response = await stage.tryLogIn(ALICE);
  assertStringIncludes((await response.json()).error.message, "log in with a token");
  assertEquals([response.status, stage.logins], [401, 0]);
  const { cookie } = await stage.logIn({ token: "midge_admin" });
  assertEquals(await statusOfMe(stage, cookie), 200);
});

Deno.test("the commands are told who asks, and with whose rights", async () => {
  const stage = new Stage();
  for (const login of [ALICE, VICTOR, { username: "root", password: "right" }]) {
    const { cookie } = await stage.logIn(login);
    await stage.ask("/api/v1/status", { headers: { cookie } });
  }
  for (const token of ["midge_admin", "midge_viewer"]) {
    await stage.ask("/api/v1/status", { headers: bearer(token) });
  }
  const user = (username: string, superuser: boolean, isReadOnly: boolean) => ({
    username,
    superuser,
    isReadOnly,
  });
  assertEquals(stage.commands.map(([, , caller]) => caller), [
    { name: "alice", isAdmin: true, user: user("alice", false, false) },
    { name: "victor", isAdmin: false, user: user("victor", false, true) },
    { name: "root", isAdmin: true, user: user("root", true, false) },
    { name: "token ci", isAdmin: true, user: user("dashboard", true, false) },
    { name: "token 2", isAdmin: false, user: user("dashboard", false, true) },
  ]);
});

Deno.test("who may only look changes nothing", async () => {
  const stage = new Stage();
  const changes = [
    ["POST", "/clients/x/kick"],
    ["POST", "/publish"],
    ["DELETE", "/retained"],
    ["PUT", "/log/levels"],
    ["POST", "/tokens"],
    ["POST", "/config/validate"],
  ];
  for (const headers of [bearer("midge_viewer"), fromPage(await stage.logIn(VICTOR))]) {
    for (const [method = "", path = ""] of changes) {
      assertEquals(await problem(await stage.ask(`/api/v1${path}`, { method, headers })), [
        403,
        "read_only",
      ]);
    }
    const body = { clientId: "c", action: "publish", topic: "t" };
    const question = { method: "POST", headers, body };
    assertEquals((await stage.ask("/api/v1/access/explain", question)).status, 200);
  }
  assertEquals(stage.commands.map(([name]) => name), ["acl explain", "acl explain"]);
});

Deno.test("the cookie is for no script and no other site; by TLS it has a name that no other server can set", async () => {
  const cookieOf = async (options: Record<string, unknown>, sent: Sent) => {
    const response = await new Stage(options).tryLogIn(ALICE, sent);
    return (response.headers.get("set-cookie") ?? "").replace(/=[\w-]{43};/, "=KEY;");
  };
  assertEquals(await cookieOf({}, {}), "midge_session=KEY; Path=/; HttpOnly; SameSite=Strict");
  assertEquals(
    await cookieOf({}, { isSecure: true }),
    "__Host-midge_session=KEY; Path=/; HttpOnly; SameSite=Strict; Secure",
  );
  assertEquals(
    await cookieOf({ base_path: "/a/b/" }, { isSecure: true }),
    "midge_session=KEY; Path=/a/b/; HttpOnly; SameSite=Strict; Secure",
  );
  const forwarded = { headers: { "x-forwarded-proto": "https" } };
  assertEquals(
    await cookieOf({}, forwarded),
    "midge_session=KEY; Path=/; HttpOnly; SameSite=Strict",
  );
});

Deno.test("each login has a key of its own and ends the one before it in the same browser", async () => {
  const stage = new Stage();
  const first = await stage.logIn(ALICE);
  const second = await stage.logIn(ALICE, { headers: { cookie: first.cookie } });
  assertNotEquals(first.cookie, second.cookie);
  assertNotEquals(first.csrf, second.csrf);
  assertEquals([await statusOfMe(stage, first.cookie), await statusOfMe(stage, second.cookie)], [
    401,
    200,
  ]);
  const elsewhere = await stage.logIn(ALICE);
  assertEquals(
    [await statusOfMe(stage, elsewhere.cookie), await statusOfMe(stage, second.cookie)],
    [200, 200],
  );
});

Deno.test("a logout ends it, and needs a page of ours", async () => {
  const stage = new Stage();
  const login = await stage.logIn(ALICE);
  const { cookie } = login;
  assertEquals((await stage.ask("/logout", { method: "POST", headers: { cookie } })).status, 403);
  assertEquals(await statusOfMe(stage, cookie), 200);
  const response = await stage.ask("/logout", { method: "POST", headers: fromPage(login) });
  assertStringIncludes(response.headers.get("set-cookie") ?? "", "Max-Age=0");
  assertEquals(await statusOfMe(stage, cookie), 401);
});

Deno.test("a login ends half an hour after the last request, and after its time in any case", async () => {
  const stage = new Stage({ session_time: "2h" });
  const idle = await stage.logIn(ALICE);
  const busy = await stage.logIn(ALICE);
  stage.clock.advance(30 * MINUTE - 1);
  assertEquals(await statusOfMe(stage, busy.cookie), 200);
  stage.clock.advance(1);
  assertEquals([await statusOfMe(stage, idle.cookie), await statusOfMe(stage, busy.cookie)], [
    401,
    200,
  ]);
  for (let i = 0; i < 3; i++) {
    stage.clock.advance(29 * MINUTE);
    assertEquals(await statusOfMe(stage, busy.cookie), 200);
  }
  stage.clock.advance(2 * HOUR - 117 * MINUTE - 1);
  assertEquals(await statusOfMe(stage, busy.cookie), 200);
  stage.clock.advance(1);
  assertEquals(await statusOfMe(stage, busy.cookie), 401);
});

Deno.test("a token that is made void ends the logins that it began", async () => {
  const stage = new Stage();
  const { cookie } = await stage.logIn({ token: "midge_viewer" });
  assertEquals(await statusOfMe(stage, cookie), 200);
  stage.tokens.delete("midge_viewer");
  assertEquals(await statusOfMe(stage, cookie), 401);
  assertEquals((await stage.ask("/api/v1/me", { headers: bearer("midge_viewer") })).status, 401);
});

Deno.test("a user who is removed, or gets another password, is logged out everywhere else", async () => {
  const stage = new Stage();
  const root = await stage.logIn({ username: "root", password: "right" });
  for (
    const change of [
      { method: "DELETE", path: "/api/v1/users/alice" },
      { method: "PUT", path: "/api/v1/users/alice", body: { password: "new" } },
    ]
  ) {
    const alice = await stage.logIn(ALICE);
    await stage.ask(change.path, { ...change, headers: fromPage(root) });
    assertEquals([await statusOfMe(stage, alice.cookie), await statusOfMe(stage, root.cookie)], [
      401,
      200,
    ]);
  }
  const [here, there] = [await stage.logIn(ALICE), await stage.logIn(ALICE)];
  const body = { password: "new" };
  await stage.ask("/api/v1/users/alice", { method: "PUT", body, headers: fromPage(here) });
  assertEquals([await statusOfMe(stage, here.cookie), await statusOfMe(stage, there.cookie)], [
    200,
    401,
  ]);
});

Deno.test("of one name there are at most fifty logins, and the one unused longest goes first", async () => {
  const stage = new Stage();
  const logins = [];
  for (let i = 0; i < 50; i++) logins.push(await stage.logIn(ALICE, { address: `10.0.0.${i}` }));
  const victor = await stage.logIn(VICTOR);
  assertEquals(await statusOfMe(stage, logins[0]!.cookie), 200);
  await stage.logIn(ALICE);
  const still = [victor, ...logins].map(({ cookie }) => statusOfMe(stage, cookie));
  const statuses = await Promise.all(still);
  assertEquals(statuses.filter((status) => status === 401).length, 1);
  assertEquals([statuses[0], statuses[1], statuses[2]], [200, 200, 401]);
});

Deno.test("ten wrong logins of an address, and it has to wait; a right one counts for nothing", async () => {
  const stage = new Stage();
  for (let i = 0; i < 50; i++) await stage.logIn(ALICE);
  for (let i = 0; i < 10; i++) {
    assertEquals((await stage.tryLogIn({ username: `u${i}`, password: "wrong" })).status, 401);
  }
  const asked = stage.logins;
  const refused = await stage.tryLogIn(ALICE);
  assertEquals([refused.status, refused.headers.get("retry-after"), stage.logins], [
    429,
    "6",
    asked,
  ]);
  await stage.logIn(ALICE, { address: "198.51.100.1" });
  stage.clock.advance(6000);
  await stage.logIn(ALICE);
});

Deno.test("a user's password is guessed from many addresses no faster; another user is not slowed down", async () => {
  const stage = new Stage();
  const from = (i: number) => ({ address: `10.0.${i}.1` });
  for (let i = 0; i < 30; i++) {
    assertEquals(
      (await stage.tryLogIn({ username: "alice", password: "wrong" }, from(i))).status,
      401,
    );
  }
  assertEquals((await stage.tryLogIn(ALICE, from(99))).status, 429);
  await stage.logIn(VICTOR, from(99));
  const v6 = (host: string) => ({ address: `2001:db8::${host}` });
  for (let i = 0; i < 10; i++) {
    await stage.tryLogIn({ username: `u${i}`, password: "wrong" }, v6(String(i)));
  }
  assertEquals((await stage.tryLogIn(VICTOR, v6("ffff"))).status, 429); // one network
});

Deno.test("tries at the same time count before they are answered", async () => {
  const stage = new Stage();
  const tries = Array.from(
    { length: 40 },
    (_, i) => stage.tryLogIn({ username: `u${i}`, password: "wrong" }),
  );
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  assertEquals(statuses.filter((status) => status === 401).length, 10);
});

Deno.test("wrong tokens are slowed down, in a login and in a header; a right one never waits", async () => {
  const stage = new Stage();
  const wrong = () => stage.ask("/api/v1/me", { headers: bearer("midge_guess") });
  for (let i = 0; i < 5; i++) assertEquals((await wrong()).status, 401);
  for (let i = 0; i < 5; i++) {
    assertEquals((await stage.tryLogIn({ token: "midge_guess" })).status, 401);
  }
  assertEquals((await wrong()).status, 429);
  assertEquals((await stage.tryLogIn({ token: "midge_guess" })).status, 429);
  assertEquals((await stage.ask("/api/v1/me", { headers: bearer("midge_admin") })).status, 200);
});

Deno.test("no password and no token reaches the log", async () => {
  const stage = new Stage();
  await stage.tryLogIn({ username: "alice", password: "s3cret" });
  await stage.tryLogIn({ token: "midge_s3cret" });
  await stage.logIn({ token: "midge_admin" });
  await stage.logIn(ALICE);
  assert(stage.log.length > 0);
  for (const line of stage.log) assert(!/s3cret|midge_admin|right/.test(line), line);
});
