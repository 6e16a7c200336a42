import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { simulator } from '../../src/ingest/simulator/simulator.ts'
import { parseXml } from '../../vo/xml/parse-xml.ts'
import { plan } from '../ingest/simulator/simulated.ts'
import { pixelsOf } from '../pictures/png.ts'
import { eventBytes } from './an-event.ts'
import { fountain, scratch } from './run-cli.ts'

function alertFile(path: string): string {
  const [visit] = simulator(plan({ alertsPerVisit: 1 }))
  const [message] = visit!.messages()
  writeFileSync(path, message!.bytes)
  return String(message!.alertId)
}

describe('fountain picture', () => {
  it('draws both pictures of an alert', async () => {
    const cwd = scratch()
    const id = alertFile(join(cwd, 'a.avro'))
    const { code, stdout, stderr } = await fountain(['picture', 'a.avro', '-o', 'out'], { cwd })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '2 drawn, in out\n' })
    expect(readdirSync(join(cwd, 'out')).sort()).toEqual([`lsst-${id}-cutouts.png`, `lsst-${id}-lightcurve.png`])
    for (const file of readdirSync(join(cwd, 'out'))) {
      expect((await pixelsOf(readFileSync(join(cwd, 'out', file)))).width).toBe(600)
    }
  })

  it('draws one kind, light curves as SVG, and goes on after what has nothing to draw', async () => {
    const cwd = scratch()
    const id = alertFile(join(cwd, 'a.avro'))
    writeFileSync(join(cwd, 'b.xml'), eventBytes('ivo://my.observatory/test#1'))
    const { code, stderr } = await fountain(
      ['picture', 'b.xml', 'a.avro', '-o', 'out', '--kind', 'lightcurve', '--svg'],
      { cwd },
    )
    expect(stderr).toBe(
      'b.xml: PICTURE_NONE: There is nothing to draw. no data for lightcurve\n1 drawn, 1 failed, in out\n',
    )
    expect(code).toBe(1)
    expect(readdirSync(join(cwd, 'out'))).toEqual([`lsst-${id}-lightcurve.svg`])
    parseXml(readFileSync(join(cwd, `out/lsst-${id}-lightcurve.svg`), 'utf8'))
  })

  it('says how it is called', async () => {
    const cwd = scratch()
    expect((await fountain(['picture', 'a.avro'], { cwd })).code).toBe(2)
    expect((await fountain(['picture', 'a.avro', '-o', 'out', '--kind', 'movie'], { cwd })).code).toBe(2)
  })
})
