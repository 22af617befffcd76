/**
 * Which tests concern which file. Invariants: each step is one run of `deno test`, the fastest first, and the first
 * that fails is the end; none of them starts processes of its own, so that a mutant can be stopped whole.
 */

/** These take long for what they are. */
const SLOW = ["tests/broker/hostile_test.ts", "tests/broker/life_test.ts"];
const PLUGINS = ["login_matrix", "sys_topics", "topic_acl", "topic_taboo", "auth_anonymous"]
  .map((name) => `tests/plugins/${name}_test.ts`);
const BROKER = [
  ["tests/broker", `--ignore=${SLOW.join()}`],
  ["tests/conformance/conformance_test.ts"],
  [...SLOW, "tests/plugin/events_test.ts", ...PLUGINS],
];

const FUZZ_5 = "tests/wire/v5/fuzz_test.ts";
const WIRE_5 = [["tests/wire/v5", `--ignore=${FUZZ_5}`], [FUZZ_5], ["tests/session", "tests/net"]];

const PUBLISH_5 = ["publish", "alias", "expiry"].map((one) => `tests/broker/mqtt5_${one}_test.ts`);
const BUS = ["bus", "bus_runs", "bus_sessions"].map((one) => `tests/broker/${one}_test.ts`);

/** The longest prefix of a file's path counts. */
const STEPS: Readonly<Record<string, string[][]>> = {
  "lib/access/chain/": [["tests/access/chain"], ...BROKER],
  "lib/access/passwords/": [["tests/access/passwords"], ["tests/plugins/login_matrix_test.ts"]],
  "lib/access/rules/": [["tests/access/rules"], ...BROKER],
  "lib/access/sources/": [["tests/access/sources"], ["tests/plugins/http_test.ts"]],
  "lib/acme/": [["tests/acme", "--ignore=tests/acme/pebble_test.ts,tests/acme/broker_test.ts"]],
  "lib/broker/": BROKER,
  "lib/net/listen/": [
    ["tests/net/listen", "--ignore=tests/net/listen/accept_loop_test.ts"],
    ["tests/broker/proxied_test.ts", "tests/broker/socket_file_test.ts"],
  ],
  "lib/bus/": [["tests/bus"], BUS],
  "lib/bans/": [["tests/bans"], ["tests/broker/bans_test.ts"]],
  "lib/broker/address_limits.ts": [["tests/broker/address_limits_test.ts"]],
  "lib/broker/bans.ts": [["tests/broker/bans_test.ts"]],
  "lib/broker/face/bans.ts": [["tests/broker/bans_test.ts"]],
  "lib/broker/read_limits.ts": [["tests/broker/rates_test.ts"]],
  "lib/broker/bus/": [BUS],
  "lib/config/listener_limits.ts": [["tests/config"]],
  "lib/broker/message_expiry.ts": [PUBLISH_5, ...BROKER],
  "lib/broker/packets/publish_v5.ts": [PUBLISH_5, ...BROKER],
  "lib/deadlines.ts": [["tests/deadlines_test.ts"]],
  "lib/net/topic_aliases.ts": [PUBLISH_5],
  "lib/net/read_limiter.ts": [["tests/net/read_limiter_test.ts"], ["tests/broker/rates_test.ts"]],
  "lib/network_rates.ts": [["tests/network_rates_test.ts"]],
  "lib/session/": [["tests/session"], PUBLISH_5, ...BROKER],
  "lib/storage/foreign/": [
    ["tests/storage/foreign", "--ignore=tests/storage/foreign/mosquitto_live_test.ts"],
  ],
  "lib/storage/json_lines": [["tests/storage/json_lines_test.ts"]],
  "lib/token_bucket.ts": [["tests/token_bucket_test.ts"], ["tests/net/read_limiter_test.ts"]],
  "lib/wire/": [["tests/wire"], ["tests/session", "tests/net"], ...BROKER],
  "lib/wire/properties.ts": WIRE_5,
  "lib/wire/property_table.ts": WIRE_5,
  "lib/wire/v5/": WIRE_5,
};

/**
 * The arguments of each run of `deno test` for a file.
 * @throws Error when the table has none for it
 */
export function stepsOf(file: string): string[][] {
  const prefix = Object.keys(STEPS).filter((one) => file.startsWith(one)).sort().at(-1);
  if (prefix !== undefined) return STEPS[prefix]!;
  throw new Error(`${file}: tests/mutants/steps.ts names no tests for it`);
}

/** The files that are changed when the arguments name none. */
export const TARGETS: readonly string[] = Object.keys(STEPS);
