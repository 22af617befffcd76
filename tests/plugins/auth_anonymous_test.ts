/** auth_anonymous: the whole table of its answers. */
import { assertEquals, assertRejects } from "@std/assert";
import authAnonymous from "../../plugins/auth_anonymous.ts";
import { login, PluginHarness } from "../support/plugin_harness.ts";

const REFUSED = { result: "deny", because: "allow_anonymous is false" };

/** allow_anonymous, another source is loaded, username, answer. */
const TABLE: [boolean, boolean, string | undefined, unknown][] = [
  [true, false, undefined, "allow"],
  [true, false, "alice", "allow"],
  [true, true, undefined, "allow"],
  [true, true, "alice", undefined],
  [false, false, undefined, REFUSED],
  [false, false, "alice", "allow"],
  [false, true, undefined, REFUSED],
  [false, true, "alice", undefined],
  [true, true, "", "allow"],
  [false, false, "", REFUSED],
];

for (const [allow_anonymous, hasOtherAuthenticator, username, expected] of TABLE) {
  const other = hasOtherAuthenticator ? "with" : "without";
  const title = `auth_anonymous ${allow_anonymous}, ${other} another source, username ${username}`;
  Deno.test(title, async () => {
    const harness = new PluginHarness({ hasOtherAuthenticator });
    const hooks = await harness.setUp(authAnonymous, { allow_anonymous });
    assertEquals(await hooks.authenticate?.(login(username, "anything")), expected);
  });
}

Deno.test("auth_anonymous: allow_anonymous is true unless told", async () => {
  const hooks = await new PluginHarness().setUp(authAnonymous, {});
  assertEquals(await hooks.authenticate?.(login()), "allow");
});

Deno.test("auth_anonymous warns when false means that any username will do", async () => {
  const warnings = async (allow_anonymous: boolean, hasOtherAuthenticator: boolean) => {
    const harness = new PluginHarness({ hasOtherAuthenticator });
    const hooks = await harness.setUp(authAnonymous, { allow_anonymous });
    await hooks.brokerStarted?.({ listeners: [] });
    const { length } = harness.messages("warning");
    await hooks.brokerReloading?.({});
    assertEquals(harness.messages("warning").length, 2 * length, "a reload says it too");
    return length;
  };
  assertEquals(await warnings(false, false), 1);
  assertEquals(await warnings(false, true), 0);
  assertEquals(await warnings(true, false), 0);
});

Deno.test("auth_anonymous: wrong options are errors that say what was expected", async () => {
  const setUp = (options: unknown) => new PluginHarness().setUp(authAnonymous, options);
  await assertRejects(
    () => setUp({ allow_anonymous: "maybe" }),
    Error,
    'plugins.auth_anonymous.allow_anonymous: got "maybe", expected true or false',
  );
  await assertRejects(
    () => setUp({ allow_anonymus: true }),
    Error,
    "plugins.auth_anonymous.allow_anonymus: unknown option; did you mean allow_anonymous?",
  );
  await assertRejects(() => setUp("yes"), Error, "expected a mapping of options");
  await setUp({ "allow-anonymous": false });
});
