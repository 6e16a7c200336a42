/** What must hold of a `Sifted` before any of it is recorded. It crosses a thread, and a Kafka topic later. */
import { FountainError } from '../errors.ts'
import type { Sifted } from '../flow.ts'

/** Throws SIFTED_INVALID with the first contradiction found. */
export function checkSifted(sifted: Sifted): void {
  const fail = (what: string): never => {
    const { source, topic, partition, from, to } = sifted
    throw new FountainError('SIFTED_INVALID', `${source} ${topic}[${partition}] ${from}..${to}: ${what}.`)
  }
  const { from, to, kind, lines, candidates, filters } = sifted
  if (!Number.isInteger(sifted.partition) || sifted.partition < 0 || sifted.partition > 0x7fffffff) {
    fail('the partition is no partition')
  }
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from) fail('it is no span')
  if (!Number.isFinite(sifted.nowMs)) fail('it has no time')
  for (const { elementHash } of sifted.outside) {
    if (!/^[0-9a-f]{64}$/.test(elementHash)) fail(`'${elementHash}' is no SHA-256 in hexadecimal`)
  }
  const inRange = (offset: number) =>
    Number.isSafeInteger(offset) &&
    (kind === 'outside' ? offset < sifted.outside.length : offset >= from && offset < to)

  /** `offset filter` of every match that its line names and no candidate has claimed yet. */
  const open = new Set<string>()
  const outcomes = new Map<number, string>()
  let last = -1
  for (const { offset, outcome, alertId, visit, passed, errored } of lines) {
    if (!inRange(offset) || offset <= last) fail(`the line of offset ${offset} is out of order or out of range`)
    last = offset
    outcomes.set(offset, outcome)
    if (!Number.isSafeInteger(visit)) fail(`offset ${offset} has no whole number as its visit`)
    if ((outcome === 'decoded') !== (alertId !== undefined)) {
      if (kind !== 'outside')
        fail(`offset ${offset} is ${outcome} and ${alertId === undefined ? 'has no' : 'has an'} id`)
    }
    if (outcome !== 'decoded' && passed.length + errored.length > 0) fail(`offset ${offset} is ${outcome} and matched`)
    for (const filter of [...passed, ...errored]) {
      if (filters[filter] === undefined) fail(`offset ${offset} names filter ${filter} of ${filters.length}`)
    }
    for (const filter of passed) open.add(`${offset} ${filter}`)
  }
  for (const { offset, filter } of candidates) {
    if (filters[filter] === undefined) fail(`a candidate names filter ${filter} of ${filters.length}`)
    if (kind === 'outside' && lines.length === 0) {
      if (!inRange(offset) || offset < 0) fail(`a candidate names event ${offset} of ${sifted.outside.length}`)
    } else if (!open.delete(`${offset} ${filter}`)) {
      fail(`a candidate of offset ${offset} and filter ${filter} is no match of its line, or comes twice`)
    }
  }
  if (open.size > 0) fail(`the match '${[...open][0]}' (offset, filter) has no candidate`)

  for (const { offset, recordTimeMs } of sifted.kept) {
    if (!Number.isFinite(recordTimeMs)) fail(`the packet of offset ${offset} has no time`)
  }
  const dead = new Set<number>()
  for (const { offset, state } of sifted.dead) {
    if (outcomes.get(offset) !== state || dead.has(offset)) fail(`the dead letter of offset ${offset} has no such line`)
    dead.add(offset)
  }
  for (const [offset, outcome] of outcomes) {
    if (outcome !== 'decoded' && !dead.has(offset)) fail(`offset ${offset} is ${outcome} and has no dead letter`)
  }
}
