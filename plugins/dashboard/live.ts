/**
 * The page's way to MQTT: a WebSocket that becomes a connection of the broker. Invariants: a browser is let in with a
 * session and from a page of ours; what it may do are the rights of the user who logged in; it ends with the login.
 */
import type { Clock, MqttUpgrade } from "../../plugin.ts";
import type { Access } from "./access.ts";
import { crossSite } from "./access.ts";
import { HttpProblem } from "./answers.ts";
import { isFromOwnPage } from "./guard.ts";
import type { Asked } from "./requests.ts";

/** How often logins are looked at whose connections are open. */
export const LOOK_MS = 15_000;

/** The open connections of pages. */
export class LiveConnections {
  readonly #clock: Pick<Clock, "after">;
  readonly #open = new Map<AbortController, Access>();
  #cancelLook: (() => void) | undefined;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  /**
   * `GET /mqtt`.
   * @throws HttpProblem 403, 426
   */
  accept({ request, url, exchange }: Asked, access: Access): MqttUpgrade {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      throw new HttpProblem(426, "upgrade", "expected a WebSocket", { upgrade: "websocket" });
    }
    // Browsers send cookies with a WebSocket to any site; the Origin is what tells.
    if (access.session !== undefined && !isFromOwnPage(url, request)) throw crossSite();
    const { address, port, isSecure, signal } = exchange;
    const { user } = access.identity;
    const until = this.#follow(access, signal);
    return { acceptAs: { address, port, transport: isSecure ? "wss" : "ws", user, until } };
  }

  /** Ends those whose login has ended. */
  async look(): Promise<void> {
    for (const [aborter, access] of this.#open) {
      if (!await access.lasts()) this.#end(aborter);
    }
  }

  /** Ends all. */
  end(): void {
    for (const aborter of this.#open.keys()) this.#end(aborter);
  }

  #follow(access: Access, over: AbortSignal): AbortSignal {
    const aborter = new AbortController();
    this.#open.set(aborter, access);
    over.addEventListener("abort", () => this.#forget(aborter), { once: true });
    if (over.aborted) this.#forget(aborter);
    this.#lookLater();
    return aborter.signal;
  }

  #lookLater(): void {
    if (this.#open.size === 0) return;
    this.#cancelLook ??= this.#clock.after(LOOK_MS, async () => {
      this.#cancelLook = undefined;
      await this.look();
      this.#lookLater();
    });
  }

  #end(aborter: AbortController): void {
    this.#forget(aborter);
    aborter.abort();
  }

  #forget(aborter: AbortController): void {
    this.#open.delete(aborter);
    if (this.#open.size > 0) return;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }
}
