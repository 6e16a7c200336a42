/** Events of the draft through other programs' eyes: fastavro reads and writes them by the published schema alone. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { writeAvro3, writeAvro3Confluent, writeAvro3SingleObject } from '../../vo/voevent-3/avro.ts'
import { readAvro3Container, writeAvro3Container } from '../../vo/voevent-3/avro-container.ts'
import { describeTier } from '../tiers.ts'
import { arbitraryModelEvent } from '../vo/arbitrary-model.ts'
import { sameMeaning } from '../vo/same-meaning.ts'
import { draftEvent } from '../vo/voevent-3/events.ts'

const schema = fileURLToPath(new URL('../../schemas/voevent-3/voevent-3.avsc', import.meta.url))
const script = fileURLToPath(new URL('read_voevent3.py', import.meta.url))

describeTier('peers', 'events of the draft, by fastavro', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-voevent3-'))
  let python = ''
  beforeAll(async () => {
    python = (await peers()).python
  }, 600_000)
  afterAll(() => rmSync(directory, { recursive: true }))

  function file(name: string, bytes: Uint8Array): string {
    const path = join(directory, name)
    writeFileSync(path, bytes)
    return path
  }
  function run(tasks: readonly object[]): VOEvent[][] {
    const input = tasks.map((task) => JSON.stringify({ schema, ...task })).join('\n')
    const { status, stdout, stderr } = spawnSync(python, [script], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
    expect(status, stderr).toBe(0)
    const lines = stdout.trim().split('\n')
    return lines.map((line) => (JSON.parse(line) as unknown[]).map((event) => typed(event) as VOEvent))
  }

  const events = [draftEvent(1), draftEvent(2), ...fc.sample(arbitraryModelEvent(), { numRuns: 150, seed: 4 })]
  function expectSame(read: readonly VOEvent[]): void {
    expect(read).toHaveLength(events.length)
    for (const [i, event] of read.entries()) expect(sameMeaning(events[i]!, event)).toEqual([])
  }

  it('are read from a file: int64, NaN and infinities, ParamSets by the hash of their content', () => {
    const files = (['null', 'deflate'] as const).map((codec) => file(codec, writeAvro3Container(events, { codec })))
    const read = run(files.map((path) => ({ form: 'container', file: path })))
    expect(read).toHaveLength(2)
    for (const theirs of read) expectSame(theirs)
    const { params } = read[0]![0]!.what!
    expect(params.map(({ value }) => value)).toEqual(draftEvent().what!.params.map(({ value }) => value))
    expect(params[0]!.value).toBe(1_700_000_000_000_000_001n)
  })

  it('are read as single objects and as Confluent messages, their ParamSets known from elsewhere', () => {
    const sets = file('sets', writeAvro3Container(events))
    const forms: Readonly<Record<string, (event: VOEvent) => Uint8Array>> = {
      single_object: (event) => writeAvro3SingleObject(event),
      confluent: (event) => writeAvro3Confluent(event, 0x01020304),
      datum: (event) => writeAvro3(event),
    }
    for (const [form, write] of Object.entries(forms)) {
      const known = form === 'datum' ? {} : { sets }
      const tasks = events.map((event, i) => ({ form, ...known, file: file(`${form}-${i}`, write(event)) }))
      expectSame(run(tasks).flat())
    }
  })

  it('are refused there too: an unknown ParamSet, a set under a wrong id, another fingerprint', () => {
    const damaged = (bytes: Uint8Array, at: number) => {
      bytes[at]! ^= 1
      return bytes
    }
    const inline = writeAvro3(draftEvent())
    const single = writeAvro3SingleObject(draftEvent(), { paramSets: 'inline' })
    const bad = [
      { form: 'confluent', file: file('unknown', writeAvro3Confluent(draftEvent(), 1)) },
      { form: 'datum', file: file('hash', damaged(inline, Buffer.from(inline).indexOf('psfFlux'))) },
      { form: 'single_object', file: file('fingerprint', damaged(single, 5)) },
    ]
    const told = run(bad.map((task) => ({ ...task, fails: true }))).flat() as unknown[]
    expect(told).toEqual(['KeyError', 'ValueError', 'ValueError'])
  })

  it.each(['null', 'deflate'])('are read back when fastavro wrote the file, codec %s', (codec) => {
    const rewrite = file('ours', writeAvro3Container(events))
    const to = join(directory, `theirs-${codec}`)
    run([{ rewrite, to, codec }])
    expectSame([...readAvro3Container(readFileSync(to))])
  })
})

/** As read_voevent3.py writes it: nulls of the model's optional fields are left out, those of values stay. */
function typed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => typed(each))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value)
  const [only, text] = entries[0] ?? []
  if (entries.length === 1 && typeof text === 'string') {
    if (only === 'int') return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
    if (only === 'bytes') return new Uint8Array(Buffer.from(text, 'hex'))
    if (only === 'float') return floatOf(text)
  }
  const kept = entries.filter(([key, each]) => each !== null || key === 'value')
  return Object.fromEntries(kept.map(([key, each]) => [key, typed(each)]))
}

/** Python's hexadecimal form of a double, -0x1.91eb851eb851fp+1, which is exact. */
function floatOf(text: string): number {
  const [, sign, whole, fraction, exponent] = /^(-?)0x([01])\.([0-9a-f]+)p([+-]\d+)$/.exec(text) ?? []
  if (whole === undefined) return { NaN: Number.NaN, inf: Infinity, '-inf': -Infinity }[text]!
  const mantissa = Number(whole) + Number.parseInt(fraction!, 16) / 16 ** fraction!.length
  // In two steps, so that neither is out of range before the other.
  const half = Math.trunc(Number(exponent) / 2)
  return (sign === '-' ? -1 : 1) * mantissa * 2 ** half * 2 ** (Number(exponent) - half)
}
