/**
 * The properties of a CONNECT as they are kept for rules, plugins and the log. Invariants: what is kept has no
 * borrowed bytes and no secret; it is bounded whatever a client sends, for a pair of empty texts takes five bytes on the
 * wire and ten times that here.
 */
import type { Properties, UserProperty } from "../wire/properties.ts";

/** What the user properties of a client that are kept may count for, bytes; the ones behind that are not kept. */
const MOST_KEPT = 65_536;
/** What one counts for beside its characters. */
const PAIR_OVERHEAD = 64;

/** A copy to keep. */
export function keptProperties(properties: Properties): Properties {
  const { authenticationData: _secret, userProperties, ...others } = properties;
  return {
    ...others,
    ...(userProperties && { userProperties: firstOf(userProperties) }),
  };
}

function firstOf(pairs: readonly UserProperty[]): readonly UserProperty[] {
  let size = 0;
  const end = pairs.findIndex(([name, value]) => {
    size += PAIR_OVERHEAD + name.length + value.length;
    return size > MOST_KEPT;
  });
  return end === -1 ? pairs : pairs.slice(0, end);
}
