/** Simulated alerts of many kinds, the whole way to valid events: always tests, under the name of the simulation. */
import { describe, expect, it } from 'vitest'
import { bundledEncoder } from '../../src/decode/bundled-encoder.ts'
import { compileDecoder } from '../../src/decode/decoder.ts'
import { bundledSchema } from '../../src/decode/schemas.ts'
import type { Alert } from '../../src/flow.ts'
import { simulator } from '../../src/ingest/simulator/simulator.ts'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import { loadMapping } from '../../src/map/load-mapping.ts'
import { openValidator } from '../../vo/validate.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { context } from './made-alert.ts'

const mapping = loadMapping('lsst-sim')
const schema = bundledSchema('lsst', 1101)!
const decoder = compileDecoder(schema, mapping.wanted)
const visits = 6

function* simulatedAlerts(): Generator<Alert> {
  let left = visits
  const encoder = bundledEncoder('lsst', 1101)
  for (const visit of simulator({ seed: 7, startMjdTai: 61_365.03, alertsPerVisit: 40, encoder })) {
    for (const { bytes } of visit.messages()) {
      yield {
        survey: mapping.survey,
        schemaName: schema.name,
        schemaId: 1101,
        record: decoder.decode(bytes.subarray(5)),
      }
    }
    if (--left === 0) return
  }
}

describe('simulated alerts', () => {
  it('become valid events of role test, of moving and other objects', async () => {
    const validator = await openValidator()
    const moving = new Set<boolean>()
    const ivoids = new Set<string>()
    for (const alert of simulatedAlerts()) {
      const event = alertToVOEvent(alert, { ...context, mapping })
      expect(validator.validate(writeVOEvent20(event)).issues).toEqual([])
      expect(event.role).toBe('test')
      expect(event.ivoid).toMatch(/^ivo:\/\/org\.example\.fountain\/lsst-sim#\d+$/)
      ivoids.add(event.ivoid)
      moving.add(mapping.column('is_moving')(alert) === true)
      const objectId = mapping.column('object_id')(alert)
      expect(typeof objectId === 'string' && objectId !== '0').toBe(true)
    }
    expect(ivoids.size).toBe(visits * 40)
    expect(moving.size).toBe(2)
  })
})
