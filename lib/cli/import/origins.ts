/**
 * Origins of pages that may connect. Other brokers compare texts; Midge takes nothing but origins. Invariant: a list of
 * which nothing is left still keeps all pages out.
 */
import { normalizedOrigin } from "../../origin.ts";

/** No page has it. */
const NO_PAGE = "https://no-page.invalid";

/** Those of the texts that a browser could send. */
export function originsOf(texts: readonly string[]): string[] {
  const origins = texts.map((text) => text.trim()).filter((text) =>
    normalizedOrigin(text) !== undefined
  );
  return origins.length > 0 ? origins : [NO_PAGE];
}
