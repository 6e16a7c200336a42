import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** Writes converted packets into a directory: the same name with other bytes gets `-2`, the same bytes are written once. */
export class OutputDirectory {
  readonly #directory: string
  readonly #hashes = new Map<string, string>()
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true })
    this.#directory = directory
  }

  /** Returns the path written, and whether a name was taken by other bytes. */
  write(
    name: string,
    bytes: Uint8Array,
  ): { readonly path: string; readonly renamed: boolean; readonly repeated: boolean } {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const extension = extname(name)
    const stem = name.slice(0, name.length - extension.length)
    for (let count = 1; ; count++) {
      const candidate = count === 1 ? name : `${stem}-${count}${extension}`
      const known = this.#hashes.get(candidate)
      const path = join(this.#directory, candidate)
      if (known === hash) return { path, renamed: count > 1, repeated: true }
      if (known === undefined) {
        writeFileSync(path, bytes)
        this.#hashes.set(candidate, hash)
        return { path, renamed: count > 1, repeated: false }
      }
    }
  }
}
