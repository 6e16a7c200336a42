/** A folder as a store of objects, that fails when a test wants it to. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { FountainError } from '../../../src/errors.ts'
import type { ObjectStore } from '../../../src/record/archive/object-store.ts'

export class FolderStore implements ObjectStore {
  readonly describe: string
  readonly #root: string
  /** Every request fails. */
  down = false
  constructor(root: string) {
    this.#root = root
    this.describe = `${root}/`
  }
  async put(key: string, file: string): Promise<void> {
    const path = this.#path(key)
    mkdirSync(dirname(path), { recursive: true })
    copyFileSync(file, path)
  }
  async read(key: string, from: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    const fd = openSync(this.#path(key), 'r')
    readSync(fd, bytes, 0, length, from)
    closeSync(fd)
    return bytes
  }
  async fetch(key: string, file: string): Promise<void> {
    copyFileSync(this.#path(key), file)
  }
  async head(key: string): Promise<{ bytes: number } | null> {
    const path = this.#path(key)
    return existsSync(path) ? { bytes: statSync(path).size } : null
  }
  async delete(key: string): Promise<void> {
    rmSync(this.#path(key), { force: true })
  }
  async *list(prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
    for (const key of this.keys()) if (key.startsWith(prefix)) yield { key, bytes: statSync(this.#path(key)).size }
  }
  close(): void {}

  keys(): string[] {
    return readdirSync(this.#root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#root, join(entry.parentPath, entry.name)))
      .sort()
  }
  #path(key: string): string {
    if (this.down) throw new FountainError('ARCHIVE_REMOTE_FAILED', `${key}: ECONNREFUSED.`)
    return join(this.#root, key)
  }
}
