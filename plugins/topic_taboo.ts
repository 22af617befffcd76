/**
 * Keeps three topics from all but `admin`: no one else publishes to them, subscribes to them by name,
 * or receives them through a wider subscription. An example of a topic plugin more than a tool.
 */
import { definePlugin, type Verdict } from "../plugin.ts";

const TABOO: ReadonlySet<string> = new Set(["prohibited", "top-secret", "data/classified"]);
const EXEMPT = "admin";
const DENIED: Verdict = { result: "deny", because: "a taboo topic" };

export default definePlugin<unknown>({
  name: "topic_taboo",
  apiVersion: 1,
  combines: "all",
  authorizeUses: "nothing",
  setup: () => ({ authorize: decide, authorizeReceive: decide }),
});

/** A filter with wildcards is none of the three texts, so it passes; its deliveries are checked. */
function decide(
  { client, topic }: { client: { username: string | undefined }; topic: string },
): Verdict {
  return TABOO.has(topic) && client.username !== EXEMPT ? DENIED : undefined;
}
