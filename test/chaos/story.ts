/** What the killed process works through: spans of two partitions, dead letters and their retry, an event from outside. */
import type { Sifted } from '../../src/flow.ts'
import { outside, sifted } from '../record/fixtures.ts'

export const story: readonly Sifted[] = [
  sifted([
    { offset: 0, alertId: '1', objectId: 'o' },
    { offset: 1, outcome: 'parked' },
    { offset: 2, alertId: '2', matches: false },
  ]),
  sifted([{ offset: 0, alertId: '3', objectId: 'o' }], { partition: 1 }),
  outside('ivo://other.org/x#1'),
  sifted([
    { offset: 3, alertId: '4', unmappable: true },
    { offset: 4, outcome: 'dead' },
    { offset: 5, alertId: '1', bytes: 'other bytes', kept: true },
  ]),
  sifted([{ offset: 1, alertId: '5', objectId: 'o' }], { kind: 'retry', from: 1, to: 2 }),
  sifted([{ offset: 6, alertId: '6' }]),
]
