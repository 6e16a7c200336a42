/** One filter on `alert` serves every survey: real alerts of both, the compiled filters that come with the gateway too. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import type { Alert } from '../../src/flow.ts'
import { eventTable } from '../../src/map/event-table.ts'
import { alertTables, type Mapping } from '../../src/map/load-mapping.ts'
import { describeTier } from '../tiers.ts'
import { lsst, ztf } from './made-alert.ts'
import { realAlert, sampleFiles } from './real-alerts.ts'

describeTier('samples', 'filters on real alerts of both surveys', () => {
  const alerts: readonly { mapping: Mapping; alert: Alert }[] = [
    ...['lsst/v10_0', 'lsst/v9_0']
      .flatMap(sampleFiles)
      .map((file) => ({ mapping: lsst, alert: realAlert(file, lsst) })),
    ...['ztf/20200202', 'ztf/20231012', 'ztf/v4_02']
      .flatMap(sampleFiles)
      .map((file) => ({ mapping: ztf, alert: realAlert(file, ztf) })),
  ]
  /** What a filter selects, by survey. */
  const selected = (text: string) => {
    const passed = alerts.filter(({ mapping, alert }) => compileFilter(text, alertTables(mapping)).matches(alert))
    const of = (mapping: Mapping) => passed.filter((one) => one.mapping === mapping).map(({ alert }) => alert)
    return { lsst: of(lsst), ztf: of(ztf) }
  }

  it('selects moving objects of both', () => {
    const { lsst: rubin, ztf: palomar } = selected("is_moving = 1 AND object_id LIKE 'sso:%' AND mag < 22")
    expect(rubin.length).toBeGreaterThan(1)
    expect(palomar.length).toBeGreaterThan(1)
    const all = selected('is_moving = 1')
    expect(all.lsst).toHaveLength(4)
    expect(all.ztf).toHaveLength(7)
  })

  it('selects by survey, time and place', () => {
    expect(selected("survey = 'ztf'").ztf).toHaveLength(19)
    expect(selected("survey = 'ztf'").lsst).toHaveLength(0)
    const recent = selected('time_mjd_utc > 61100')
    expect(recent.lsst).toHaveLength(3)
    const cosmos = selected('1 = CONTAINS(POINT(ra, dec), CIRCLE(150.1, 2.2, 2))')
    expect(cosmos.lsst.length).toBeGreaterThan(5)
  })

  it('has one answer to a fading source', () => {
    const negative = selected('is_negative = 1 AND flux_njy < 0 AND mag IS NULL')
    expect(negative.lsst.length).toBeGreaterThan(0)
    expect(negative.ztf.length).toBeGreaterThan(0)
  })

  it('runs every filter that comes with the gateway', () => {
    const dir = new URL('../../filters/', import.meta.url)
    const files = readdirSync(dir).filter((file) => file.endsWith('.adql'))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const text = readFileSync(new URL(file, dir), 'utf8')
      for (const { mapping, alert } of alerts) {
        const filter = compileFilter(text, [...alertTables(mapping), eventTable])
        if (filter.table !== 'alert' || !filter.matches(alert)) continue
        expect(filter.select(alert)).toHaveLength(filter.columns.length)
      }
    }
  })
})
