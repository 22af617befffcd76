/** A reload that lets in whom the one before kept out says so; one that closes, or changes nothing, does not. */
import { assertEquals } from "@std/assert";
import { Broker, type BrokerOptions } from "../../mod.ts";
import { testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";

const CHECKING = inlinePlugin({ authenticate: () => "deny" });
const RIGHTS = inlinePlugin({ authorize: () => "deny" });
/** It must not be asked, or waited for. */
const SLOW = inlinePlugin(
  { authenticate: () => new Promise<never>(() => {}) },
  { admitsWithoutProof: true },
);

const ANYONE = "anyone may connect: no plugin but auth_anonymous authenticates";
const NAMELESS = "clients without a username may connect";
const NOMATCH = "acl_nomatch is allow: clients may do what no plugin decides about";
const EVERYTHING = "clients may publish and subscribe to everything: no plugin decides";

const CLOSED = { auth_anonymous: { allow_anonymous: false }, [CHECKING]: null };
const DENY = { acl_nomatch: "deny" } as const;

const TABLE: [what: string, before: BrokerOptions, after: BrokerOptions, warnings: string[]][] = [
  [
    "the source that checks is gone",
    { plugins: CLOSED },
    { plugins: { auth_anonymous: null } },
    [ANYONE, NAMELESS],
  ],
  [
    "clients without a username",
    { plugins: CLOSED },
    { plugins: { ...CLOSED, auth_anonymous: null } },
    [NAMELESS],
  ],
  [
    "from users alone to clients without a username",
    { plugins: { auth_anonymous: { allow_anonymous: false } } },
    { plugins: { auth_anonymous: null } },
    [NAMELESS],
  ],
  ["from nobody to anyone", { plugins: {} }, {
    plugins: { auth_anonymous: null },
  }, [ANYONE, NAMELESS]],
  ["acl_nomatch", { ...DENY, plugins: { [RIGHTS]: null } }, { plugins: { [RIGHTS]: null } }, [
    NOMATCH,
  ]],
  [
    "the source of rights is gone",
    { plugins: { [RIGHTS]: null } },
    { plugins: {} },
    [EVERYTHING, `${RIGHTS} decides no longer what clients may do`],
  ],
  ["it closes", { plugins: { auth_anonymous: null } }, { plugins: CLOSED, ...DENY }, []],
  ["nothing changes", { plugins: { auth_anonymous: null } }, {
    plugins: { auth_anonymous: null },
    max_inflight: 3,
  }, []],
  ["a source that does not answer at once", { plugins: { [CHECKING]: null } }, {
    plugins: { [CHECKING]: null, [SLOW]: null },
  }, []],
];

for (const [what, before, after, warnings] of TABLE) {
  Deno.test(`reload: ${what}: ${warnings.length} warnings`, async () => {
    await using broker = new Broker(testConfig(before));
    await broker.start();
    assertEquals((await broker.reload(testConfig(after))).warnings, warnings);
    assertEquals((await broker.reload(testConfig(after))).warnings, [], "it is said once");
  });
}
