/**
 * The part of a mapping that only events with full detail read: the light curve point by point, the error of the
 * position in both directions, the moving object with its orbit, what classifiers said, the images.
 */
import { classes, fieldType } from '../../vo/model/definition.ts'
import type { AvroRecord } from '../flow.ts'
import { type CompiledQuantity, getter, pathsOf } from './compile-quantity.ts'
import { type ItemReader, itemReader } from './history.ts'
import type { MappingFile, Quantity } from './mapping-schema.ts'

/** Of `trigger`, `history` and `forced`: one photometric point. `time_mjd` is in the time scale of the light curve. */
export const pointColumns: readonly string[] = [
  'id',
  'time_mjd',
  'time_mjd_utc',
  'exposure_s',
  'band',
  'flux_njy',
  'flux_err_njy',
  'mag',
  'mag_err',
  'limit_mag',
]
/** Errors on the sky: that of the right ascension holds the cosine of the declination. */
export const positionColumns: readonly string[] = ['ra_err_deg', 'dec_err_deg', 'ra_dec_cov_deg2']
/** As the model has them. */
export const movingObjectFields: readonly string[] = scalarFields('MovingObject')
export const orbitFields: readonly string[] = scalarFields('Orbit')

function scalarFields(name: string): string[] {
  return Object.entries(classes[name]!.fields)
    .filter(([, field]) => fieldType(field).kind === 'scalar')
    .map(([field]) => field)
}

/** Readers by the name behind the room's: `ra_err_deg`. */
export type Columns = ReadonlyMap<string, CompiledQuantity>

export interface FullMapping {
  /** All field paths: what a decoder must give for an event with full detail. */
  readonly wanted: ReadonlySet<string>
  readonly trigger: Columns
  readonly history: ItemReader
  readonly forced: ItemReader
  readonly position: Columns
  /** Fields of the model, `orbit.<field>` for those of the orbit. */
  readonly movingObject: Columns
  /** `<key of the file>.probability` and `<key>.version`. */
  readonly classification: Columns
  readonly attachments: readonly {
    readonly name: string
    readonly mediaType: string
    readonly description: string
    read(record: AvroRecord): Uint8Array | null
  }[]
}

export function fullMapping(file: MappingFile, under: (prefix: string) => Map<string, CompiledQuantity>): FullMapping {
  return {
    wanted: new Set([
      ...file.quantities.flatMap(pathsOf),
      ...file.testWhen,
      ...file.attachments.map(({ from }) => from),
    ]),
    trigger: under('trigger.'),
    history: itemReader(file.history, under('history.')),
    forced: itemReader(file.forced, under('forced.')),
    position: under('position.'),
    movingObject: under('movingObject.'),
    classification: under('classification.'),
    attachments: file.attachments.map(({ name, from, mediaType, describe }) => {
      const get = getter(from)
      return {
        name,
        mediaType,
        description: describe,
        read(record) {
          const value = get(record)
          return value instanceof Uint8Array && value.length > 0 ? value : null
        },
      }
    }),
  }
}

/** The type of a target in one of these rooms. */
export function typeInFull(room: string, name: string): Quantity['type'] {
  if (room === 'movingObject') return name === 'designation' || name === 'ephemerisUri' ? 'text' : 'double'
  if (room === 'classification') return name.endsWith('.version') ? 'text' : 'double'
  return 'double'
}
