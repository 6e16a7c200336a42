/**
 * What was tried, written before it is tried, a small file a post: after a crash it tells since when, and as which
 * text, the instance may have it; and pictures that were uploaded are not uploaded again.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeliveryError, type Host } from '../contract.ts'

export interface Tried {
  /** When the post itself was first and last sent, wall clock; absent while only pictures went. */
  readonly firstMs?: number
  readonly lastMs?: number
  /** `fingerprint` of its text. */
  readonly text: string
  /** Identifiers of uploaded pictures, by the hash of their bytes. */
  readonly pictures: Readonly<Record<string, string>>
}

/** Nothing is asked about a post after this. */
const keptMs = 14 * 86_400_000

export class Journal {
  readonly #host: Host
  #folder: string | undefined

  constructor(host: Host) {
    this.#host = host
  }

  read(key: string): Tried | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(key), 'utf8')) as Tried
    } catch {
      return undefined
    }
  }

  /** On disk when it returns. Throws DeliveryError, reached `no`: what cannot be noted is not tried. */
  write(key: string, tried: Tried): void {
    try {
      const path = this.#path(key)
      writeFileSync(`${path}.new`, JSON.stringify(tried), { flush: true })
      renameSync(`${path}.new`, path)
    } catch (error) {
      throw new DeliveryError('retry', 'no', `the attempt cannot be noted: ${(error as Error).message}`)
    }
  }

  remove(key: string): void {
    rmSync(this.#path(key), { force: true })
  }

  #path(key: string): string {
    this.#folder ??= this.#open()
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.json`)
  }

  #open(): string {
    const folder = join(this.#host.folder(), 'tried')
    mkdirSync(folder, { recursive: true })
    const before = this.#host.clock.now() - keptMs
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (statSync(path).mtimeMs < before) rmSync(path, { force: true })
    }
    return folder
  }
}

/**
 * The same for a text and for what an instance makes of it: spaces, line breaks and forms of accents are no difference,
 * nor is the host of somebody mentioned, which an instance does not show.
 */
export function fingerprint(text: string): string {
  const letters = text
    .normalize('NFKC')
    .replace(/@(\w+)@[\w.-]+\w/g, '@$1')
    .replace(/[\s\p{Cf}]+/gu, '')
  return createHash('sha256').update(letters).digest('hex')
}

/** The text that stands in a status's HTML: paragraphs and breaks apart, marks undone. */
export function textOfHtml(html: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }
  return html
    .replace(/<br\s*\/?>|<\/p>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,8}));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return named[String(name).toLowerCase()] ?? whole
      const point = Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10)
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole
    })
}
