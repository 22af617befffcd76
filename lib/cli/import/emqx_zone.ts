/**
 * EMQ X's zones. A listener is in the zone that it names, or in none: then the settings for all hold, and what the code
 * takes where nothing is said. Invariant: what a zone grants counts only for listeners that name it.
 */
import type { Settings } from "./emqx_settings.ts";
import { readFlag, type Statement } from "./statements.ts";

/** The zone whose settings hold. */
export interface Zone {
  /** `external` where no listener names one: limits are read of it. */
  readonly name: string;
  /** Does the listener name it? */
  readonly isNamed: boolean;
}

/** What is taken of a listener without a zone. */
export const NO_ZONE: Zone = { name: "external", isNamed: false };

/** What a zone says about access, and what EMQ X takes where it says nothing. */
const ACCESS_KEYS: readonly (readonly [key: string, usual: string])[] = [
  ["allow_anonymous", "false"],
  ["acl_nomatch", "deny"],
  ["acl_deny_action", "ignore"],
];

/** The zone's own setting, else the one for all. */
export function zoneFirst(settings: Settings, zone: Zone, key: string): Statement | undefined {
  return settings.takeFirst(`zone.${zone.name}.${key}`, `mqtt.${key}`, key);
}

/** The same for what decides about access: a zone that no listener names counts for nothing. */
export function accessFirst(settings: Settings, zone: Zone, key: string): Statement | undefined {
  if (zone.isNamed) return zoneFirst(settings, zone, key);
  return settings.takeFirst(`mqtt.${key}`, key);
}

/** A zone that says anything at all has rights off until it switches them on; without one they are on. */
export function checksRights(settings: Settings, { name, isNamed }: Zone): boolean {
  if (!isNamed || settings.keys(`zone.${name}.`).length === 0) return true;
  return isOn(settings.peek(`zone.${name}.enable_acl`));
}

/** What is asked of clients, as one text to compare. */
export function accessOf(settings: Settings, zone: Zone): string {
  const values = ACCESS_KEYS.map(([key, usual]) => {
    const own = zone.isNamed ? settings.peek(`zone.${zone.name}.${key}`) : undefined;
    const statement = own ?? settings.peek(`mqtt.${key}`) ?? settings.peek(key);
    return statement?.value ?? usual;
  });
  return JSON.stringify([...values, checksRights(settings, zone)]);
}

/** Is a switch there, and on? @throws UserError for a value that is none */
export function isOn(statement: Statement | undefined): boolean {
  return statement !== undefined && readFlag(statement);
}
