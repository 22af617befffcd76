/**
 * A proxy that lets through only who has logged in there, such as the ingress of Home Assistant. Invariant: its requests
 * are known by the address of their connection alone; no header makes a request one of them.
 */
import type { HttpExchange } from "../../plugin.ts";
import { type Identity, identityOfProxy } from "./identity.ts";

/** As the ingress of Home Assistant calls them; what a browser sends by this name it throws away. */
const USER_HEADER = "x-remote-user-name";
const SHOWN = /^[\x21-\x7e]{1,64}$/;

/** The proxy of the option `login_proxy`. */
export class LoginProxy {
  readonly #address: string | undefined;

  /** @param address undefined: there is none */
  constructor(address: string | undefined) {
    this.#address = address;
  }

  /** Has the proxy sent this? */
  has({ address }: Pick<HttpExchange, "address">): boolean {
    return this.#address !== undefined && address.replace(/^::ffff:/i, "") === this.#address;
  }

  /** Who has logged in there: an admin here; the name is for the log alone. */
  identityOf({ headers }: Request): Identity {
    const name = headers.get(USER_HEADER) ?? "";
    return identityOfProxy(SHOWN.test(name) ? name : "someone");
  }
}
