/**
 * What the journal asks of a disk: a folder of files. Invariant: what `sync` and `syncFolder` have resolved for outlives
 * a power cut, and nothing else does; names are those of files in the folder, without a path.
 */

/** An open file. */
export interface DiskFile {
  /** Writes all of the bytes at the position; they are borrowed until it settles. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Reads from the position on. @returns how many bytes; fewer than asked for at the end of the file */
  read(into: Uint8Array, position: number): Promise<number>;
  /** What was written is on the disk, its length included. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): void;
}

/** A folder on a disk. */
export interface Disk {
  /** Where it is, for people. */
  readonly path: string;
  /** The names of all files, not of folders. */
  list(): Promise<string[]>;
  size(name: string): Promise<number>;
  open(name: string, how: "read" | "write" | "create"): Promise<DiskFile>;
  /** `to`: a name, or `FOLDER/NAME` in a folder that `makeFolder` made. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes a folder in this one. */
  makeFolder(name: string): Promise<void>;
  /** Names that were made, changed or removed are on the disk; in this folder, or in one that `makeFolder` made. */
  syncFolder(name?: string): Promise<void>;
  /** Others may use the folder. */
  close(): void;
}
