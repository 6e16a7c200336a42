/** What converting lost, told so that ten thousand alerts do not say the same thing ten thousand times. */
import { appendFileSync, writeFileSync } from 'node:fs'
import type { Loss } from '../../vo/loss.ts'
import { FountainError } from '../errors.ts'
import { printable } from './validation-text.ts'

/** The same kind of loss is told in full this often. */
const toldInFull = 3

export class LossAccount {
  readonly #tell: (line: string) => void
  readonly #file: string | undefined
  readonly #counts = { moved: 0, approximated: 0, dropped: 0 }
  readonly #alike = new Map<string, number>()
  /** `file` gets the whole account, one JSON object a line; what it held before is gone. Throws FountainError where it cannot be written. */
  constructor(tell: (line: string) => void, file: string | undefined) {
    this.#tell = tell
    this.#file = file
    try {
      if (file !== undefined) writeFileSync(file, '')
    } catch (cause) {
      throw new FountainError('USAGE', `--account '${file}' cannot be written: ${(cause as Error).message}`, { cause })
    }
  }

  add(where: string, losses: readonly Loss[]): void {
    for (const { kind, path, says } of losses) {
      this.#counts[kind]++
      const alike = `${kind}: ${path.replace(/\[\d+\]/g, '[]')}`
      const count = (this.#alike.get(alike) ?? 0) + 1
      this.#alike.set(alike, count)
      if (count <= toldInFull) this.#tell(printable(`${where}: ${kind}: ${path}: ${says}`))
    }
    if (this.#file !== undefined && losses.length > 0) {
      appendFileSync(this.#file, losses.map((loss) => `${JSON.stringify({ file: where, ...loss })}\n`).join(''))
    }
  }

  /** Tells how often there was more of the same. */
  tellRest(): void {
    for (const [alike, count] of this.#alike) {
      if (count > toldInFull) this.#tell(printable(`and ${count - toldInFull} more: ${alike}`))
    }
  }

  /** `4 parts moved`: what there was of each kind. */
  sums(): readonly string[] {
    return Object.entries(this.#counts)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${count} ${count === 1 ? 'part' : 'parts'} ${kind}`)
  }
}
