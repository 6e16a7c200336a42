/**
 * Whole events of real alerts, held by files: a change of any of them is seen and meant. `UPDATE_GOLDEN=1` writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import { openValidator } from '../../vo/validate.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { writeVOEvent21 } from '../../vo/xml/voevent-2.1.ts'
import { describeTier } from '../tiers.ts'
import { context, lsst, ztf } from './made-alert.ts'
import { nameOf, realAlert, sampleFiles } from './real-alerts.ts'

const golden = [
  ['lsst-moving-object', 'lsst/v10_0/170094456480989258.avro-wire'],
  ['lsst-long-history', 'lsst/v11_0/170094456251351059.avro-wire'],
  ['lsst-first-detection', 'lsst/v11_0/169813005919846484.avro-wire'],
  ['lsst-rehearsal', 'lsst/v7_1/3068429600980730034.avro-wire'],
  ['ztf-variable', 'ztf/v4_02/2695378462115010012.avro'],
  ['ztf-asteroid', 'ztf/20231012/2475433850015015001.avro'],
] as const
const mappingOf = (file: string) => (file.startsWith('ztf') ? ztf : lsst)

describeTier('samples', 'events of real alerts', () => {
  it.each(golden)('%s is as its golden file', (name, file) => {
    const mapping = mappingOf(file)
    const text = new TextDecoder().decode(
      writeVOEvent20(alertToVOEvent(realAlert(file, mapping), { ...context, mapping })),
    )
    const path = new URL(`../golden/${name}.xml`, import.meta.url)
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text)
    expect(text).toBe(readFileSync(path, 'utf8'))
  })

  const folders = ['lsst/v7_1', 'lsst/v9_0', 'lsst/v10_0', 'lsst/v11_0', 'ztf/20200202', 'ztf/20231012', 'ztf/v4_02']
  it.each(folders)('all of %s become valid events without a warning', async (folder) => {
    const validator = await openValidator()
    const files = sampleFiles(folder)
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const mapping = mappingOf(file)
      const event = alertToVOEvent(realAlert(file, mapping), { ...context, mapping })
      expect(event.ivoid).toBe(`ivo://org.example.fountain/${mapping.survey}#${nameOf(file)}`)
      expect(event.role).toBe('observation')
      expect(validator.validate(writeVOEvent20(event)).issues, file).toEqual([])
      expect(validator.validate(writeVOEvent21(event)), file).toEqual({ version: '2.1', valid: true, issues: [] })
    }
  })

  it('reads the same from the wanted fields as from the whole alert', () => {
    for (const file of folders.flatMap(sampleFiles)) {
      const mapping = mappingOf(file)
      const event = (wanted: ReadonlySet<string> | 'all') =>
        alertToVOEvent(realAlert(file, mapping, wanted), { ...context, mapping })
      expect(event(mapping.wanted)).toEqual(event('all'))
    }
  })

  it('says the same of an alert in schema 10.0 and 11.0, but for the schema', () => {
    for (const file of sampleFiles('lsst/v10_0')) {
      const event = (path: string) => alertToVOEvent(realAlert(path, lsst), context)
      const { how: _, ...old } = event(file)
      const { how: __, ...recent } = event(file.replace('v10_0', 'v11_0'))
      expect(old).toEqual(recent)
    }
  })

  it('T21: the synthetic wire messages of 7.0 to 7.4 carry an impossible time, the later ones one identifier', () => {
    const outcomes = sampleFiles('lsst/wire-ids').map((file) => {
      try {
        return lsst.identify(realAlert(file, lsst)).alertId
      } catch (error) {
        return (error as { code: string }).code
      }
    })
    expect(outcomes.filter((outcome) => outcome === 'ALERT_TIME_IMPOSSIBLE')).toHaveLength(5)
    expect(outcomes.filter((outcome) => outcome === '1231321321')).toHaveLength(5)
  })

  it('one look at the table alert serves both surveys', () => {
    for (const file of ['lsst/v10_0/170094456480989258.avro-wire', 'ztf/20231012/2475433850015015001.avro']) {
      const mapping = mappingOf(file)
      const alert = realAlert(file, mapping)
      const [moving, mag, time] = (['is_moving', 'mag', 'time_mjd_utc'] as const).map((name) =>
        mapping.column(name)(alert),
      )
      expect(moving).toBe(true)
      expect(mag).toBeGreaterThan(15)
      expect(mag).toBeLessThan(25)
      expect(time).toBeGreaterThan(58000)
    }
  })
})
