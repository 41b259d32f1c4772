/** The few things that a store asks of a disk. `node-disk.ts` is the real one; `memory-disk.ts` fails on command. */
export interface Disk {
  /** Names in a folder, sorted; empty where there is no such folder. */
  list(folder: string): Promise<string[]>
  /** Bytes of a whole file, or undefined where there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** Size in bytes, or undefined where there is none. */
  size(path: string): Promise<number | undefined>
  /** At most `length` bytes from `offset`; fewer only at the end of the file. */
  readAt(path: string, offset: number, length: number): Promise<Uint8Array>
  /** Opens for appending at the end, and makes the file where there is none. */
  append(path: string): Promise<AppendFile>
  /** Replaces a file in one step: written beside it, synced, renamed, folder synced. */
  replace(path: string, bytes: Uint8Array): Promise<void>
  /** Makes a file of these pieces, in place of one of that name, and makes it durable; its name only with `syncFolder`. */
  write(path: string, pieces: readonly Uint8Array[]): Promise<void>
  /** Removes a file where there is one; never the log. */
  remove(path: string): Promise<void>
  /** Makes durable what another process may have written to a file; false where there is none. */
  sync(path: string): Promise<boolean>
  /** Makes a folder and those above it. */
  makeFolder(folder: string): Promise<void>
  /** Makes what was created or renamed in a folder durable. */
  syncFolder(folder: string): Promise<void>
}

export interface AppendFile {
  /** Appends all bytes, or throws; after a throw some may have been written. `disk-full` is a `FactError`. */
  write(bytes: Uint8Array): Promise<void>
  /** Returns once all that was written is durable. After a throw the file must never be written again (store rule 14). */
  sync(): Promise<void>
  /** Cuts the file to `length` bytes. */
  truncate(length: number): Promise<void>
  close(): Promise<void>
}
