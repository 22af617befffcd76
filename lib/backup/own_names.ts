/** Names of what belongs to a running broker, or to a backup or restore under way: no one needs it elsewhere. Pure. */
import { RESTORE_PLAN } from "../restore_plan.ts";

/** In data_dir: how `midge ctl` finds the broker. */
export const ENDPOINT_NAMES = ["midge.sock", "management.json"];
/** The lock of a folder. */
export const LOCK = "lock";
/** The folder of a restore under way, in each folder that it writes to. */
export const RESTORE_FOLDER = RESTORE_PLAN[0];
/** How the folder of a backup under way begins. */
export const BACKUP_PREFIX = ".midge-backup-";
/** How the folder begins into which a restore moves what was there. */
export const ASIDE_PREFIX = "before-restore-";
/** What Midge writes below data_dir by itself. */
export const DATA_NAMES = ["acme", "bans.yaml", "tokens.json"];

/** Is it left out of data_dir? Drafts of files that are replaced begin with a dot and end with a random id. */
export function isLeftOut(name: string): boolean {
  return ENDPOINT_NAMES.includes(name) || name === LOCK || name === RESTORE_FOLDER ||
    name.startsWith(BACKUP_PREFIX) || name.startsWith(ASIDE_PREFIX) ||
    /^\..*\.[0-9a-f]{8}-[0-9a-f-]{27}$/.test(name) ||
    /\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/.test(name);
}
