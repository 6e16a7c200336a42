/** The port to a store of objects beside this disk: what finished segments are copied to and read back from. */

export interface ObjectStore {
  /** For people: `s3 https://s3.example.org/bucket/prefix`. */
  readonly describe: string
  /**
   * Copies a file, streamed in bounded memory, and resolves when the other side is known to have these bytes under the
   * key. Throws ARCHIVE_REMOTE_FAILED.
   */
  put(key: string, file: string, signal: AbortSignal): Promise<void>
  /** So many bytes from a place. Throws ARCHIVE_REMOTE_FAILED; ARCHIVE_DAMAGED when there is no such object, or it is shorter. */
  read(key: string, from: number, length: number): Promise<Uint8Array>
  /** Brings a whole object back as a file. Throws as `read`. */
  fetch(key: string, file: string, signal: AbortSignal): Promise<void>
  /** How long it is; null when there is none. */
  head(key: string): Promise<{ readonly bytes: number } | null>
  /** An object that is not there is no error. */
  delete(key: string): Promise<void>
  /** All that begin so, in the order of their keys. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }>
  close(): void
}
