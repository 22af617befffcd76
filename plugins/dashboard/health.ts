/**
 * What is told without a login: whether the broker is there, and whether it is ready. Invariant: no name of a client, a
 * user or a topic stands in it.
 */
import { isChange } from "./access.ts";
import { jsonAnswer, wrongMethod } from "./answers.ts";
import { type Asked, type Host, manage } from "./requests.ts";

const CALLER = { name: "a health check", isAdmin: false, user: undefined };

/** `/healthz`: 200 for as long as there is an answer at all. */
export function healthz({ request }: Asked): Response {
  if (isChange(request)) throw wrongMethod(["GET", "HEAD"]);
  return jsonAnswer({ status: "ok" });
}

/** `/readyz`: 503 with what is in the way. */
export async function readyz({ request }: Asked, host: Host): Promise<Response> {
  if (isChange(request)) throw wrongMethod(["GET", "HEAD"]);
  const { ready, problems } = await manage(host, "health", {}, CALLER) as {
    readonly ready: boolean;
    readonly problems: readonly string[];
  };
  return jsonAnswer({ status: ready ? "ok" : "not ready", problems }, ready ? 200 : 503);
}
