/** Web origins (RFC 6454) in one form, so that the same ones are equal texts. Invariant: pure. */

/** Those of which the platform knows the usual port. */
const WEB = /^(?:https?|wss?):\/\/[^/?#@\\]+$/i;
/** Of an extension, an app: nothing is known of them but their form. */
const OTHER = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/i;

/**
 * `HTTPS://Example.ORG:443` -> `https://example.org`; `null`, of pages that have none, is itself. Undefined: it is no
 * origin, for example because it has a path.
 */
export function normalizedOrigin(text: string): string | undefined {
  if (text === "null") return text;
  if (!WEB.test(text)) return OTHER.test(text) ? text.toLowerCase() : undefined;
  return URL.canParse(text) ? new URL(text).origin : undefined;
}
