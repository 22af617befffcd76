/**
 * A configuration of which no listener could be carried over, because of what kept people out: certificates, client
 * ids, file permissions. Invariant: no one comes in by the address that stands for them, until people say so.
 */
import type { Draft } from "./draft.ts";

const OWN_ADDRESS = "127.0.0.1";

/** Plugins that let no one in. */
const WITHOUT_LOGINS = [
  "event_logger",
  "packet_logger",
  "broker_sys",
  "acl_file",
  "topic_acl",
  "topic_taboo",
];

/** Why a listener is left out. */
export interface Obstacle {
  readonly why: string;
  /** It kept people out whom the plugins would let in. */
  readonly keepsOut: boolean;
}

/** Writes the one listener of a configuration that has none left: of this machine only. */
export function setOwnListener(draft: Draft): void {
  draft.set(["listeners", "default", "bind"], `${OWN_ADDRESS}:1883`, "none could be carried over");
  draft.differ("listeners", undefined, `none is left; Midge listens on ${OWN_ADDRESS}:1883 only`);
}

/** Takes out all plugins that let people in; a note for each. */
export function shutDoor(draft: Draft): void {
  const plugins = draft.config.plugins;
  const names = typeof plugins === "object" && plugins !== null ? Object.keys(plugins) : [];
  for (const name of names.filter((one) => !WITHOUT_LOGINS.includes(one))) {
    draft.unset(["plugins", name]);
    const why = "left out: what else kept people out was not carried over; put it back once you " +
      "know who reaches the listener";
    draft.skip(`plugins.${name}`, undefined, why);
  }
}
