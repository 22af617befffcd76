/**
 * The page's way to MQTT: a WebSocket that becomes a connection of the broker. Invariants: a browser is let in with a
 * session and from a page of ours; what it may do are the rights of the user who logged in.
 */
import type { MqttUpgrade } from "../../plugin.ts";
import type { Access } from "./access.ts";
import { crossSite } from "./access.ts";
import { HttpProblem } from "./answers.ts";
import { isFromOwnPage } from "./guard.ts";
import type { Asked } from "./requests.ts";

/**
 * `GET /mqtt`.
 * @throws HttpProblem 403, 426
 */
export function liveConnection({ request, url, exchange }: Asked, access: Access): MqttUpgrade {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new HttpProblem(426, "upgrade", "expected a WebSocket", { upgrade: "websocket" });
  }
  // Browsers send cookies with a WebSocket to any site; the Origin is what tells.
  if (access.session !== undefined && !isFromOwnPage(url, request)) throw crossSite();
  const { address, port, isSecure } = exchange;
  const { user } = access.identity;
  return { acceptAs: { address, port, transport: isSecure ? "wss" : "ws", user } };
}
