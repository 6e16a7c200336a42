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
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { visits } from '../ingest/simulator/simulated.ts'
import { context, lsst, lsstAlert, ztf } from '../map/made-alert.ts'
import { realAlert, sampleFiles } from '../map/real-alerts.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { fullEvent } from '../vo/packet.ts'

const ours = (name: string) => fileURLToPath(new URL(`../../xsd/${name}`, import.meta.url))
const theirs = (name: string) => join(referenceDir ?? '', 'xsd', name)
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
  const voevent =
    referenceDir === undefined ? [ours('VOEvent-v2.0.xsd')] : [ours('VOEvent-v2.0.xsd'), theirs('VOEvent-v2.0.xsd')]
  const transport =
    referenceDir === undefined
      ? [ours('Transport-v1.1.xsd')]
      : [ours('Transport-v1.1.xsd'), theirs('transport-1.1.comet.xsd')]

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

  it('is an engine that refuses', () => {
    const good = Buffer.from(writeVOEvent20(fullEvent)).toString()
    const broken = [good.replace('role="observation"', 'role="other"'), good.replace('</voe:VOEvent>', '')]
    expect(
      faults(
        voevent,
        broken.map((text) => Buffer.from(text)),
      ).filter((fault) => fault === ''),
    ).toEqual([])
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

    it('judges real packets as we do', async () => {
      const packets = globSync(join(samplesDir!, 'voevent/**/*.xml'))
        .sort()
        .map((path) => ({ path, bytes: readFileSync(path) }))
      const validator = await openValidator()
      const own = packets.map(({ bytes }) => validator.validate(bytes).valid)
      validator.dispose()
      const documents = packets.map(({ bytes }) => bytes)
      for (const schema of voevent) {
        const found = faults([schema], documents)
        const differ = packets.filter((_, index) => (found[index] === '') !== own[index])
        expect(differ.map(({ path }) => path)).toEqual([])
      }
    })
  })
})
