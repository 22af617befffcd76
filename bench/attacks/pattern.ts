/** A rule with a regular expression, and a client with a very long username that publishes under ever new names. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { joined } from "../../lib/io.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly } from "./crowd.ts";

const NAME_BYTES = 64_000;
const MESSAGES = 2000;
const LASTS_MS = 8000;

export const pattern: Attack = {
  name: "pattern",
  what: `a rule's regular expression, a username of ${NAME_BYTES / 1000} KB, and ${MESSAGES} ` +
    "messages, each to another topic",
  midge: `plugins:
  auth_anonymous:
  acl_file:
    rules:
      - {permission: deny, user: {regex: "([a-z]|[0-9a-f])+_(x|y)*"}, action: publish, topics: ["#"]}
      - {permission: allow, all: true, action: all, topics: ["#"]}
`,
  async run({ target }) {
    const username = "abc1".repeat(NAME_BYTES / 4);
    const attacker = await LoadConnection.open({ ...target, username }, "long");
    const frames = Array.from({ length: MESSAGES }, (_, i) => publishFrame(`p/${i}`, 0, 1));
    await attacker.write(joined(frames));
    await delay(LASTS_MS);
    closeQuietly(attacker);
    return {};
  },
};
