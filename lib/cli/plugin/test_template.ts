/** The test that `midge plugin new` writes. Pure. Invariant: it needs `node:` modules and the plugin alone. */
import type { NewPlugin } from "./template.ts";

/** What differs between the languages. */
interface Types {
  readonly published: string;
  readonly message: string;
  readonly constant: string;
}

const NO_TYPES: Types = { published: "", message: "", constant: "" };
const TYPES: Types = {
  published: ": string[]",
  message: ": { topicName: string }",
  constant: " as const",
};

/** The source of its test. */
export function testSource({ name, language }: NewPlugin): string {
  const types = language === "ts" ? TYPES : NO_TYPES;
  return `// Tests of ${name}: deno test ${name}_test.${language}
import assert from "node:assert/strict";
import { test } from "node:test";
import plugin from "./${name}.${language}";

// What stands in for the broker: it keeps what the plugin does.
const published${types.published} = [];
const context = {
  logger: { info() {} },
  publish({ topicName }${types.message}) {
    published.push(topicName);
  },
};
const hooks = plugin.setup({ prefix: "devices" }, context);
const client = { clientId: "lamp", username: undefined };

${tests(types)}`;
}

function tests(types: Types): string {
  return `test("a client that comes is greeted on a topic of its own", () => {
  hooks.clientConnected({ client });
  assert.deepEqual(published, ["devices/lamp/hello"]);
});

test("a client publishes below its own id alone", () => {
  const action = "publish";
  const own = { client, action, topic: "devices/lamp/on" }${types.constant};
  assert.equal(hooks.authorize(own), "allow");
  const other = { client, action, topic: "devices/door/on" }${types.constant};
  const because = "not below devices/lamp/";
  assert.deepEqual(hooks.authorize(other), { result: "deny", because });
});

test("options are checked before setup sees them", () => {
  const { validate } = plugin.options["~standard"];
  assert.deepEqual(validate({}), { value: { prefix: "devices" } });
  assert.deepEqual(validate({ prefix: 7 }), {
    issues: [{ message: "expected a text", path: ["prefix"] }],
  });
});
`;
}
