/**
 * The tokens as plugins may ask about them. Invariant: what knows the tokens is loaded, and their file read, when the
 * first question comes.
 */
import type { TokenCheck } from "../../plugin/management.ts";
import type { Tokens } from "./tokens.ts";

/** Asks the tokens of a broker. */
export function tokenCheck(load: () => Promise<Tokens>): TokenCheck {
  return {
    holderOf: async (token) => await (await load()).holderOf(token),
    isValid: async (id) => await (await load()).isValid(id),
    isEmpty: async () => await (await load()).isEmpty(),
  };
}

/** The tokens of a broker, loaded once. */
export function lateTokens(dataDir: string, clock: { epoch(): number }): () => Promise<Tokens> {
  let loading: Promise<Tokens> | undefined;
  const load = async () => {
    const { Tokens }: typeof import("./tokens.ts") = await import(
      new URL("./tokens.ts", import.meta.url).href
    );
    return new Tokens(dataDir, clock);
  };
  return () => loading ??= load();
}
