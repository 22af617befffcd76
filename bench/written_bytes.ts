/** What a process has written so far, from /proc (Linux). */

/** Bytes. */
export interface WrittenBytes {
  /** Given to write(2) and its kin: files, pipes and event counters; not sockets, which Deno gives to send(2). */
  readonly called: number;
  /** Pages made dirty: what goes to the disk, by pages of 4 KiB, without the file system's own journal. */
  readonly toDisk: number;
}

/** @param pid of a process of the same user */
export function bytesWritten(pid: number): WrittenBytes {
  const io = Deno.readTextFileSync(`/proc/${pid}/io`);
  const field = (name: string) => {
    const value = new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1];
    if (value === undefined) throw new Error(`/proc/${pid}/io has no ${name}`);
    return Number(value);
  };
  return { called: field("wchar"), toDisk: field("write_bytes") };
}
