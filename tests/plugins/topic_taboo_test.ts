/** topic_taboo: three topics, all actions, one exempt name. */
import { assertEquals } from "@std/assert";
import type { Verdict } from "../../mod.ts";
import topicTaboo from "../../plugins/topic_taboo.ts";
import { fakeClient, PluginHarness } from "../support/plugin_harness.ts";

const DENIED = { result: "deny", because: "a taboo topic" };
const hooks = await new PluginHarness().setUp(topicTaboo);

function ask(action: "publish" | "subscribe" | "receive", topic: string, username?: string) {
  const request = { client: fakeClient({ username }), topic, qos: 0 as const, retain: false };
  const { signal } = new AbortController();
  const answer = action === "receive"
    ? hooks.authorizeReceive?.(request)
    : hooks.authorize?.({ ...request, action, signal });
  return answer as Verdict;
}

Deno.test("topic_taboo denies its three topics for every action, to all but admin", () => {
  for (const topic of ["prohibited", "top-secret", "data/classified"]) {
    for (const action of ["publish", "subscribe", "receive"] as const) {
      assertEquals(ask(action, topic), DENIED);
      assertEquals(ask(action, topic, "alice"), DENIED);
      assertEquals(ask(action, topic, "Admin"), DENIED);
      assertEquals(ask(action, topic, "admin"), undefined);
    }
  }
});

Deno.test("topic_taboo has no opinion on anything else", () => {
  for (const topic of ["data", "data/classified/x", "Prohibited", "/prohibited", "#", "data/+"]) {
    assertEquals(ask("publish", topic), undefined);
    assertEquals(ask("subscribe", topic), undefined);
    assertEquals(ask("receive", topic), undefined);
  }
});
