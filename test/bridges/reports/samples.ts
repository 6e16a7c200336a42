/**
 * Twenty real alerts as the gateway would deliver them: decoded, mapped small for the stream and full for reports.
 * `said` is what they are, for who reads the golden files. No real packet of schema 11.1 is known.
 */
import type { Bridge, Item } from '../../../bridges/contract.ts'
import { alertColumns } from '../../../src/map/alert-columns.ts'
import { alertToVOEvent } from '../../../src/map/alert-to-voevent.ts'
import { writeVOEvent20 } from '../../../vo/xml/voevent-2.0.ts'
import { context, lsst, ztf } from '../../map/made-alert.ts'
import { realAlert } from '../../map/real-alerts.ts'
import { picturedItem } from '../sample-item.ts'

export interface Sample {
  readonly name: string
  readonly file: string
  readonly said: string
}

const sample = (name: string, file: string, said: string): Sample => ({ name, file, said })

export const samples: readonly Sample[] = [
  sample(
    'lsst-rehearsal',
    'lsst/v7_1/3068429600980730034.avro-wire',
    'simulated rehearsal, schema 7.1: 8 detections in 26 h',
  ),
  sample(
    'lsst-rehearsal-negative',
    'lsst/v7_1/3068429600980730053.avro-wire',
    'the same, 77 detections, far below the template',
  ),
  sample('lsst-mock-negative', 'lsst/v9_0/7912941781254298.avro-wire', 'schema 9.0: negative, reliability 0.11'),
  sample('lsst-first', 'lsst/v10_0/169813005919846484.avro-wire', 'first detection, no history, 23.3 mag'),
  sample(
    'lsst-first-reliable',
    'lsst/v10_0/169813007074328663.avro-wire',
    'first detection beside a source, reliability 0.99',
  ),
  sample('lsst-first-doubtful', 'lsst/v10_0/169813006111211559.avro-wire', 'first detection, reliability 0.12'),
  sample('lsst-three', 'lsst/v11_0/169813006111211588.avro-wire', 'three detections in 15 days, getting brighter'),
  sample(
    'lsst-rising',
    'lsst/v11_0/169813006198767621.avro-wire',
    'like a supernova: 23 detections in 17 days, reliability 0.998',
  ),
  sample('lsst-blend', 'lsst/v11_0/169813007065940116.avro-wire', 'a flux of -0.6 sigma on a bright source'),
  sample('lsst-asteroid', 'lsst/v11_0/169813007065940063.avro-wire', 'the asteroid 1999 JX119'),
  sample('lsst-asteroid-march', 'lsst/v10_0/170094456480989258.avro-wire', 'the asteroid 2004 JQ12'),
  sample('lsst-variable', 'lsst/v11_0/170094456251351059.avro-wire', '320 detections in 71 days, forced photometry'),
  sample('lsst-variable-bright', 'lsst/v10_0/170094456277565473.avro-wire', '392 detections in 52 days'),
  sample('ztf-supernova', 'ztf/20200202/1105522281015015000.avro', 'SN 2020oi in Messier 100: rose 2.4 mag in 4 days'),
  sample('ztf-rising', 'ztf/20200202/1127536316315015004.avro', 'like a supernova: 5 detections in 6 days'),
  sample('ztf-young', 'ztf/20200202/1127561444715015009.avro', 'three days old, a limit 22 minutes before discovery'),
  sample('ztf-variable', 'ztf/20200202/1127174604415015005.avro', 'a star, seen 215 times since 2017'),
  sample('ztf-asteroid', 'ztf/20231012/2475433850015015001.avro', 'the asteroid 110778, schema 4.01'),
  sample(
    'ztf-forced-before',
    'ztf/20231012/2475433850315015013.avro',
    'one detection; forced photometry shows it before',
  ),
  sample('ztf-faded', 'ztf/v4_02/2695378462115010012.avro', 'schema 4.02: a variable that has faded, seen 857 times'),
]

const stream = { name: 'bright-transients', title: 'Bright transients' } as const
const publicUrl = 'https://fountain.example.org'
/** What `filters/bright-transients.adql` selects. */
const selected = ['object_id', 'band', 'mag', 'mag_err', 'snr', 'reliability', 'n_detections', 'glat']

/** An alert comes about a minute after its exposure. */
const reachedAfterMs = 64_000

/** As `src/deliver` makes it for this bridge. */
export function itemOf({ file }: Sample, bridge: Pick<Bridge, 'detail' | 'pictures'>): Item {
  const mapping = file.startsWith('ztf') ? ztf : lsst
  const alert = realAlert(file, mapping, mapping.full.wanted)
  const now = (Number(mapping.column('time_mjd_utc')(alert)) - 40_587) * 86_400_000 + reachedAfterMs
  const columns = alertColumns
    .filter(({ name }) => selected.includes(name))
    .map(({ name, description, ...column }) => ({
      definition: {
        name,
        description,
        dataType: column.type === 'text' ? ('string' as const) : ('float' as const),
        ...('unit' in column && { unit: column.unit }),
      },
      value: mapping.column(name)(alert),
    }))
  const event = alertToVOEvent(alert, { ...context, mapping, now, publicUrl, stream: { ...stream, columns } })
  const objectId = mapping.column('object_id')(alert)
  return {
    event,
    raw: { mediaType: 'application/xml', bytes: writeVOEvent20(event) },
    match: {
      filterName: stream.name,
      subscription: stream.name,
      stream: stream.name,
      streamTitle: stream.title,
      survey: mapping.survey,
      ...(typeof objectId === 'string' && { objectId }),
      columns: columns.map(({ definition: { name, unit }, value }) => ({
        name,
        value,
        ...(unit !== undefined && { unit }),
      })),
      sequence: 1,
      heldBack: 0,
      eventUrl: `${publicUrl}/events?ID=${encodeURIComponent(event.ivoid)}`,
      unsubscribeUrl: `${publicUrl}/unsubscribe/0123456789abcdef0123456789abcdef`,
    },
    content: 'lightweight',
    pictures: new Map([...picturedItem.pictures].filter(([kind]) => bridge.pictures.includes(kind))),
    ...(bridge.detail === 'full' && {
      full: alertToVOEvent(alert, { ...context, mapping, now, detail: 'full' }),
    }),
  }
}
