/**
 * Files and folders that root gives to another user. Invariant: what is given is what stands there itself: a link that
 * someone has put in its place by then is refused, and what it leads to stays whose it is.
 */
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync } from "node:fs";

/** Who a file is to belong to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Works on a file or folder by its descriptor. @throws what the system says, ELOOP for a link */
function withDescriptor<T>(path: string, work: (descriptor: number) => T): T {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives it to a user. Not on Windows. @throws what the system says */
export function giveFile(path: string, { uid, gid }: Owner): void {
  withDescriptor(path, (descriptor) => fchownSync(descriptor, uid, gid));
}

/**
 * The same where root asks, who alone can; and its permissions.
 * @returns is it the user's now?
 */
export function giveWithMode(path: string, owner: Owner | undefined, mode: number): boolean {
  return withDescriptor(path, (descriptor) => {
    const own = fstatSync(descriptor);
    const isOther = owner !== undefined && (own.uid !== owner.uid || own.gid !== owner.gid);
    if (isOther && own.uid === 0) fchownSync(descriptor, owner.uid, owner.gid);
    fchmodSync(descriptor, mode);
    return !isOther || own.uid === 0 || own.uid === owner.uid;
  });
}
