/** What the store must do, in plain memory and as few words as possible: the property test holds the store against it. */
import type { Sifted } from '../../src/flow.ts'

interface Counts {
  received: number
  decoded: number
  duplicate: number
  parked: number
  dead: number
}

export class Model {
  readonly positions = new Map<string, number>()
  readonly letters = new Map<string, { state: 'dead' | 'parked'; visit: number }>()
  readonly log: { ivoid: string; cites: string[] }[] = []
  readonly sources = new Map<string, Counts>()
  readonly filters = new Map<number, { passed: number; errored: number; chosen: number; unmappable: number }>()
  readonly packets = new Map<string, string[]>()
  delivered: string[] = []
  leftOut = 0
  readonly #seen = new Map<string, string>()
  readonly #own = new Map<string, string>()
  readonly #elements = new Set<string>()
  readonly #lastOfObject = new Map<string, string>()

  apply(sifted: Sifted): void {
    if (sifted.kind === 'outside') {
      this.#outside(sifted)
      return
    }
    const place = `${sifted.source} ${sifted.topic} ${sifted.partition}`
    const position = this.positions.get(place) ?? 0
    const fresh = new Set<number>()
    for (const line of sifted.lines) {
      const at = `${place} ${line.offset}`
      const letter = this.letters.get(at)
      if (sifted.kind === 'span' ? line.offset < position : letter === undefined) continue
      if (letter !== undefined) this.#count(sifted.source, letter.visit, letter.state, -1)
      this.letters.delete(at)
      let state: keyof Counts = line.outcome
      if (line.outcome === 'decoded') {
        const alert = `${sifted.survey} ${line.alertId}`
        const bytes = `${line.crc32} ${line.length}`
        const first = this.#seen.get(alert)
        if (first === undefined) {
          this.#seen.set(alert, bytes)
          fresh.add(line.offset)
        } else {
          state = 'duplicate'
        }
        const kept = sifted.kept.find(({ offset }) => offset === line.offset)
        const matched = sifted.candidates.some(({ offset }) => offset === line.offset)
        if ((kept || letter) && (first === undefined ? matched : first !== bytes || (matched && first !== bytes))) {
          this.packets.set(alert, [...(this.packets.get(alert) ?? []), bytes])
        }
        if (first === undefined) for (const _ of line.errored) this.#filter(line.visit).errored++
      } else {
        this.letters.set(at, { state: line.outcome, visit: line.visit })
      }
      this.#count(sifted.source, line.visit, state, 1)
    }
    for (const { offset, event, streamIvoid, objectId, published } of sifted.events) {
      if (!fresh.has(offset) || this.#own.has(event.ivoid)) continue
      const story = `${streamIvoid} ${objectId} ${event.role === 'test'}`
      const earlier = objectId === null ? undefined : this.#lastOfObject.get(story)
      this.#own.set(event.ivoid, event.role)
      if (objectId !== null) this.#lastOfObject.set(story, event.ivoid)
      if (published) this.log.push({ ivoid: event.ivoid, cites: earlier === undefined ? [] : [earlier] })
    }
    for (const candidate of sifted.candidates) {
      if (!fresh.has(candidate.offset)) continue
      const counts = this.#filter(candidate.visit)
      counts.passed++
      const role = 'ivoid' in candidate.event ? this.#own.get(candidate.event.ivoid) : undefined
      if (!('ivoid' in candidate.event) || role === undefined) {
        counts.unmappable++
        continue
      }
      counts.chosen++
      if (role === 'test' || this.delivered.includes(candidate.event.ivoid)) this.leftOut++
      else this.delivered.push(candidate.event.ivoid)
    }
    if (sifted.kind === 'span') this.positions.set(place, Math.max(position, sifted.to))
  }

  #outside(sifted: Sifted): void {
    for (const { ivoid, elementHash } of sifted.outside) {
      const isNew = !this.#elements.has(elementHash)
      this.#elements.add(elementHash)
      this.#count(sifted.source, 0, isNew ? 'decoded' : 'duplicate', 1)
      if (isNew) this.log.push({ ivoid, cites: [] })
    }
  }

  #count(source: string, visit: number, state: keyof Counts, by: 1 | -1): void {
    const key = `${source} ${visit}`
    const counts = this.sources.get(key) ?? { received: 0, decoded: 0, duplicate: 0, parked: 0, dead: 0 }
    counts[state] += by
    counts.received += by
    this.sources.set(key, counts)
  }

  #filter(visit: number) {
    let counts = this.filters.get(visit)
    if (counts === undefined) this.filters.set(visit, (counts = { passed: 0, errored: 0, chosen: 0, unmappable: 0 }))
    return counts
  }
}
