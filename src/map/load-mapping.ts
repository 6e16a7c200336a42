/**
 * A survey's mapping, ready for work: who an alert is, what a filter sees of it, and the parts that
 * `alertToVOEvent` puts together. The file is `schemas/mappings/<survey>.yaml`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isoToMjdUtc } from '../../vo/astro/time.ts'
import type { DataType, ParamDefinition, Role } from '../../vo/model/voevent.ts'
import { nearest } from '../../vo/words/nearest.ts'
import { FountainError } from '../errors.ts'
import type { Alert, AvroRecord, Scalar, Table } from '../flow.ts'
import { type AlertColumn, alertColumns } from './alert-columns.ts'
import { alertColumnReader, alertTable } from './alert-table.ts'
import { checkMapping } from './check-mapping.ts'
import { type CompiledQuantity, compileQuantity, getter, pathsOf } from './compile-quantity.ts'
import { type FullMapping, fullMapping, typeInFull } from './full-mapping.ts'
import { type ItemReader, itemReader, numberOf } from './history.ts'
import { type MappingFile, parseMappingFile, type Quantity } from './mapping-schema.ts'

export interface AlertIdentity {
  /** Decimal text of the survey's identifier. */
  readonly alertId: string
  readonly objectId: string | null
  /** 0 where unknown. */
  readonly visit: number
  readonly timeMjdUtc: number
  readonly role: Role
}

export interface Mapping {
  /** As in the configuration: `lsst`, or `lsst-sim` with the mapping of lsst. */
  readonly survey: string
  readonly file: MappingFile
  /** Every field path that the mapping reads, with all alternatives: what a decoder must give. */
  readonly wanted: ReadonlySet<string>
  /** Throws SURVEY_UNKNOWN, ALERT_NO_ID, ALERT_TIME_IMPOSSIBLE, ALERT_POSITION_IMPOSSIBLE. */
  identify(alert: Alert): AlertIdentity
  readonly tables: readonly Table[]
  column(name: AlertColumn): (alert: Alert) => Scalar
  /** ISO time in UTC of the middle of the exposure. */
  isoTime(record: AvroRecord): string | null
  /** Rows for What, in the order of the file. */
  readonly params: readonly MappedParam[]
  readonly history: ItemReader
  readonly forced: ItemReader
  /** What only events with full detail read. */
  readonly full: FullMapping
}

export interface MappedParam {
  /** Absent for the top of What. */
  readonly group?: string
  readonly definition: ParamDefinition
  readonly type: Quantity['type']
  read(record: AvroRecord): Scalar
}

const mappingsDir = new URL('../../schemas/mappings/', import.meta.url)

/** Surveys that have a mapping. */
export function knownSurveys(): string[] {
  return readdirSync(mappingsDir)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort()
}

/** Mappings do not change while the process runs: each is compiled once. */
const loaded = new Map<string, Mapping>()

/** The mapping of a survey; `<survey>-sim` takes that of `<survey>`. Throws SURVEY_UNKNOWN or MAPPING_INVALID. */
export function loadMapping(survey: string): Mapping {
  const known = loaded.get(survey)
  if (known !== undefined) return known
  const mapping = compileMapping(mappingText(baseSurvey(survey)), survey, `schemas/mappings/${baseSurvey(survey)}.yaml`)
  loaded.set(survey, mapping)
  return mapping
}

/** The survey whose file a name uses. */
function baseSurvey(survey: string): string {
  const known = knownSurveys()
  const base = survey.replace(/-sim$/, '')
  if (!known.includes(base)) {
    const guess = nearest(base, known)
    throw new FountainError(
      'SURVEY_UNKNOWN',
      `'${survey}'${guess === undefined ? `; there are ${known.join(', ')}` : `: did you mean '${guess}'?`}`,
    )
  }
  return base
}

/** The text of a known survey's file. */
export function mappingText(survey: string): string {
  return readFileSync(new URL(`${survey}.yaml`, mappingsDir), 'utf8')
}

/** Like `loadMapping`, from the text of a mapping. */
export function compileMapping(text: string, survey: string, fileName: string): Mapping {
  const file = parseMappingFile(text, fileName)
  checkMapping(file, fileName)
  const settings = {
    floorArcsec: file.positionError.floorArcsec,
    exposureS: file.exposureS,
    movingWithinArcsec: file.movingWithinArcsec,
  }
  const targets = new Map<string, CompiledQuantity>()
  for (const quantity of file.quantities) {
    for (const to of [quantity.to].flat())
      targets.set(to, compileQuantity(quantity, typeOf(to, quantity), settings, baseOf(to, file)))
  }
  const under = (prefix: string, detail?: 'full') =>
    new Map(
      [...targets]
        .filter(([to, { quantity }]) => to.startsWith(prefix) && (detail === 'full' || quantity.detail === undefined))
        .map(([to, from]) => [to.slice(prefix.length), from]),
    )
  const history = itemReader(file.history, under('history.'))
  const readers = { survey, columns: under('alert.'), history }
  const columns = new Map(alertColumns.map(({ name }) => [name, alertColumnReader(name, readers)]))
  const column = (name: AlertColumn) => columns.get(name)!
  const isTest = file.testWhen.map((path) => getter(path))
  const isoTime = targets.get('whereWhen.isoTime')
  return {
    survey,
    file,
    wanted: new Set([
      ...file.quantities.filter(({ detail }) => detail === undefined).flatMap(pathsOf),
      ...file.testWhen,
    ]),
    identify: identifier(file, survey, column, (record) => isTest.some((get) => get(record) === true)),
    tables: [alertTable(readers) as Table],
    column,
    isoTime(record) {
      const value = isoTime?.read(record) ?? null
      return typeof value === 'string' ? value : null
    },
    params: [...under('what.')].map(([to, from]) => mappedParam(to, from)),
    history,
    forced: itemReader(file.forced, under('forced.')),
    full: fullMapping(file, (prefix) => under(prefix, 'full')),
  }
}

function mappedParam(to: string, { quantity, read }: CompiledQuantity): MappedParam {
  const [first = '', second] = to.split('.')
  const { unit, ucd, utype, describe, type } = quantity
  const definition = {
    name: second ?? first,
    dataType: dataTypes[type],
    ...(unit === undefined ? {} : { unit }),
    ...(ucd === undefined ? {} : { ucd }),
    ...(utype === undefined ? {} : { utype }),
    description: describe,
  }
  return { definition, type, read, ...(second === undefined ? {} : { group: first }) }
}

const dataTypes = {
  float: 'float',
  double: 'float',
  int: 'int',
  text: 'string',
  boolean: 'int',
} as const satisfies Record<Quantity['type'], DataType>

export function alertTables(mapping: Mapping): readonly Table[] {
  return mapping.tables
}

const earliestMjd = isoToMjdUtc('1900-01-01')
const latestMjd = isoToMjdUtc('2200-01-01')

function identifier(
  file: MappingFile,
  survey: string,
  column: (name: AlertColumn) => (alert: Alert) => Scalar,
  isInjected: (record: AvroRecord) => boolean,
): (alert: Alert) => AlertIdentity {
  const id = column('id')
  const objectId = column('object_id')
  const time = column('time_mjd_utc')
  const ra = column('ra')
  const dec = column('dec')
  const visit = column('visit')
  const isKnownSchema = schemaCheck(file)
  const timePaths = file.quantities.filter((row) => [row.to].flat().includes('alert.time_mjd_utc')).flatMap(pathsOf)
  const timeAsWritten = (record: AvroRecord): string =>
    timePaths.map((path) => `${path} is ${String(getter(path)(record) ?? 'absent')}`).join(', ')
  return (alert) => {
    isKnownSchema(alert.schemaName)
    const alertId = id(alert)
    if (typeof alertId !== 'string' || !/^-?\d{1,20}$/.test(alertId)) {
      throw new FountainError('ALERT_NO_ID', alert.schemaName)
    }
    const timeMjdUtc = numberOf(time(alert))
    if (timeMjdUtc === null || timeMjdUtc < earliestMjd || timeMjdUtc >= latestMjd) {
      throw new FountainError('ALERT_TIME_IMPOSSIBLE', `alert ${alertId}: ${timeAsWritten(alert.record)}`)
    }
    const raDeg = numberOf(ra(alert))
    const decDeg = numberOf(dec(alert))
    if (raDeg === null || decDeg === null || raDeg < 0 || raDeg > 360 || Math.abs(decDeg) > 90) {
      throw new FountainError('ALERT_POSITION_IMPOSSIBLE', `alert ${alertId}: ra ${raDeg}, dec ${decDeg}`)
    }
    const object = objectId(alert)
    return {
      alertId,
      objectId: object === null ? null : String(object),
      visit: numberOf(visit(alert)) ?? 0,
      timeMjdUtc,
      role: survey.endsWith('-sim') || isInjected(alert.record) ? 'test' : 'observation',
    }
  }
}

/** Refuses schemas of another survey or older than the mapping. A newer one is read by its names. */
function schemaCheck(file: MappingFile): (schemaName: string) => void {
  const pattern = new RegExp(file.schemaName)
  const good = new Set<string>()
  return (schemaName) => {
    if (good.has(schemaName)) return
    const parts = pattern.exec(schemaName)
    if (parts === null) throw new FountainError('SURVEY_UNKNOWN', `${file.survey} has no schema ${schemaName}`)
    const version = (text: string) => text.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0)
    if (file.oldest !== undefined && parts[1] !== undefined) {
      if (version(`${parts[1]}.${parts[2] ?? '0'}`) < version(file.oldest)) {
        throw new FountainError('SURVEY_UNKNOWN', `${schemaName} is older than ${file.survey} ${file.oldest}`)
      }
    }
    if (good.size < 1000) good.add(schemaName)
  }
}

/** What a target takes: columns have their own types, Params that of the row. */
function typeOf(to: string, quantity: Quantity): Quantity['type'] {
  const [room, name = ''] = to.split('.')
  if (room === 'what') return quantity.type
  if (room === 'alert') {
    const column = alertColumns.find((candidate) => candidate.name === name)
    return column === undefined ? 'text' : columnTypes[column.type]
  }
  if (['isoTime', 'id', 'band'].includes(name)) return 'text'
  return typeInFull(room ?? '', to.slice(to.indexOf('.') + 1))
}

const columnTypes = { number: 'double', integer: 'int', text: 'text', boolean: 'boolean' } as const

/** The array that a target's paths start with. */
function baseOf(to: string, file: MappingFile): string | undefined {
  if (to.startsWith('history.')) return file.history
  return to.startsWith('forced.') ? file.forced : undefined
}
