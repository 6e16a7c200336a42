/** A second engine: what we write and what we judge, held against Xerces, which the JDK validates with. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import type { Alert } from '../../src/flow.ts'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import type { Mapping } from '../../src/map/load-mapping.ts'
import { openValidator } from '../../vo/validate.ts'
import { timeStamp, transportRoles, writeTransport } from '../../vo/vtp/transport.ts'
import { namespace20, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { visits } from '../ingest/simulator/simulated.ts'
import { context, lsst, lsstAlert, ztf } from '../map/made-alert.ts'
import { realAlert, sampleFiles } from '../map/real-alerts.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { arbitraryPackets, packets20, packets21, upgraded } from '../vo/mutate-bases.ts'
import { voeventStock } from '../vo/mutate-stock.ts'
import { fullEvent } from '../vo/packet.ts'
import { documentOf, mutants } from '../vo/schema-agreement.ts'

const ours = (name: string) => fileURLToPath(new URL(`../../xsd/${name}`, import.meta.url))
const theirs = (name: string) => join(referenceDir ?? '', 'xsd', name)
const namespace21 = 'http://www.ivoa.net/xml/VOEvent/v2.1'
const columns = [{ definition: { name: 'rise_mag', dataType: 'float' as const, unit: 'mag' }, value: -0.25 }]

/** The event of the survey and the event of a stream. */
function eventsOf(alert: Alert, mapping: Mapping): Uint8Array[] {
  return [undefined, { name: 'all', title: 'All <& more>', columns }].map((stream) =>
    writeVOEvent20(alertToVOEvent(alert, { ...context, mapping, ...(stream && { stream }) })),
  )
}

const java = spawnSync('java', ['--list-modules'], { encoding: 'utf8' })
const lacks = java.stdout?.includes('jdk.compiler')
  ? undefined
  : 'this Java runs no source files: get a JDK 17 (not a JRE)'
if (lacks !== undefined) console.warn(`SKIPPED: Xerces: ${lacks}`)

describeTier('kafka', 'Xerces (of the JDK that runs Kafka)', () => {
  // Elsewhere it is skipped, loudly.
  if (lacks !== undefined && process.env.CI !== 'true') {
    it.skip(lacks)
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'fountain-xerces-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  let files = 0

  /** The first fault of each document, by each of the schemas; empty where there is none. */
  function faults(schemas: readonly string[], documents: readonly Uint8Array[]): string[] {
    const jobs = documents.flatMap((bytes) => {
      const file = join(directory, `${files++}.xml`)
      writeFileSync(file, bytes)
      return schemas.map((schema) => `${schema}\t${file}`)
    })
    const program = fileURLToPath(new URL('./Validate.java', import.meta.url))
    const { status, stdout, stderr } = spawnSync('java', ['-XX:TieredStopAtLevel=1', program], {
      input: jobs.join('\n'),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    expect(status, stderr).toBe(0)
    const [engine, ...lines] = stdout.split('\n').slice(0, -1)
    expect(engine).toContain('xerces')
    expect(lines).toHaveLength(jobs.length)
    return lines
  }
  /** Ours, and the reference one where that is at hand. */
  const both = (name: string, reference = name) =>
    referenceDir === undefined ? [ours(name)] : [ours(name), theirs(reference)]
  const voevent = both('VOEvent-v2.0.xsd')
  const voevent21 = both('VOEvent-v2.1.xsd')
  const transport = both('Transport-v1.1.xsd', 'transport-1.1.comet.xsd')

  it('accepts the events of simulated alerts, and one that has a bit of everything', () => {
    const alerts = visits(30, { alertsPerVisit: 10 }).flatMap((visit) => visit.alerts)
    const events = alerts.flatMap((record) => eventsOf({ ...lsstAlert(), record }, lsst))
    expect(events).toHaveLength(600)
    expect(faults(voevent, [...events, writeVOEvent20(fullEvent)]).filter(Boolean)).toEqual([])
  })

  it('accepts our Transport messages', () => {
    const base = { origin: 'ivo://example.org/a#1', timeStamp: timeStamp(Date.UTC(2026, 10, 21)) }
    const params = [
      { name: 'xpath-filter', value: '//Param[@name="a" and @value<"1"]' },
      { name: 'é', value: '' },
    ]
    const messages = transportRoles.flatMap((role) => [
      { ...base, role },
      { ...base, role, response: 'ivo://example.org/b' },
      { ...base, role, response: 'ivo://example.org/b', params },
      { ...base, role, response: 'ivo://example.org/b', params, result: 'no <good> & "more"' },
    ])
    const found = faults(transport, messages.map(writeTransport))
    expect(found.filter(Boolean)).toEqual([])
  })

  it('accepts packets of 2.1 that have all that is new, and those of 2.0 put into its order', () => {
    const packets = [...packets21, ...[...packets20, ...arbitraryPackets(50)].map(upgraded)]
    const documents = packets.map((packet) => Buffer.from(documentOf(packet, namespace21)))
    expect(documents.length).toBeGreaterThan(50)
    expect(faults(voevent21, documents).filter(Boolean)).toEqual([])
  })

  it('is an engine that refuses', () => {
    const good = Buffer.from(writeVOEvent20(fullEvent)).toString()
    const broken = [good.replace('role="observation"', 'role="other"'), good.replace('</voe:VOEvent>', '')]
    expect(
      faults(
        voevent,
        broken.map((text) => Buffer.from(text)),
      ).filter((fault) => fault === ''),
    ).toEqual([])
    expect(faults(voevent21, [Buffer.from(good), Buffer.from('<VOEvent/>')]).filter((fault) => fault === '')).toEqual(
      [],
    )
    const message = Buffer.from(
      writeTransport({ role: 'ack', origin: 'a', timeStamp: '2026-11-21T00:00:00Z' }),
    ).toString()
    expect(faults(transport, [Buffer.from(message.replace('"ack"', '"ok"'))]).filter((fault) => fault === '')).toEqual(
      [],
    )
  })

  describeTier('samples', 'on real data', () => {
    it('accepts the events of every real alert', () => {
      const folders = ['lsst', 'ztf'].flatMap((survey) => [
        ...new Set(
          globSync(join(samplesDir!, survey, '**/*.avro*')).map((path) =>
            path
              .slice(samplesDir!.length + 1)
              .split('/')
              .slice(0, -1)
              .join('/'),
          ),
        ),
      ])
      let impossible = 0
      const events = folders.sort().flatMap((folder) =>
        sampleFiles(folder).flatMap((file) => {
          const mapping = folder.startsWith('ztf') ? ztf : lsst
          const alert = realAlert(file, mapping)
          try {
            mapping.identify(alert)
          } catch {
            impossible++ // The messages of v7.0 to v7.4 carry no time that can be.
            return []
          }
          return eventsOf(alert, mapping)
        }),
      )
      expect(impossible).toBe(5)
      expect(events.length).toBeGreaterThan(150)
      expect(faults(voevent, events).filter(Boolean)).toEqual([])
    })

    it.each([
      ['2.0', voevent],
      ['2.1', voevent21],
    ] as const)('judges real packets as we do by %s', async (version, schemas) => {
      const packets = globSync(join(samplesDir!, 'voevent/**/*.xml'))
        .sort()
        .map((path) => ({ path, bytes: readFileSync(path) }))
      const validator = await openValidator()
      const own = packets.map(({ bytes }) => validator.validate(bytes, { version }).valid)
      validator.dispose()
      expect(own).toContain(true)
      const documents = packets.map(({ bytes }) => bytes)
      for (const schema of schemas) {
        const found = faults([schema], documents)
        const differ = packets.filter((_, index) => (found[index] === '') !== own[index])
        expect(differ.map(({ path }) => path)).toEqual([])
      }
    })

    it.each([
      ['2.0', namespace20, voevent, [...packets20, ...arbitraryPackets(50)]],
      ['2.1', namespace21, voevent21, [...packets21, ...[...packets20, ...arbitraryPackets(20)].map(upgraded)]],
    ] as const)(
      "gives our schema of %s and the IVOA's the same verdict on 2,000 mutants",
      (_, namespace, schemas, bases) => {
        const documents = [...mutants(bases, voeventStock, 2_000)].map((mutant) => documentOf(mutant, namespace))
        const [ours, theirs] = schemas.map((schema) =>
          faults(
            [schema],
            documents.map((text) => Buffer.from(text)),
          ).map((fault) => fault === ''),
        )
        expect(documents.filter((_, index) => ours?.[index] !== theirs?.[index])).toEqual([])
        expect(ours?.filter(Boolean).length).toBeGreaterThan(400)
        expect(ours?.filter((valid) => !valid).length).toBeGreaterThan(400)
      },
    )
  })
})
