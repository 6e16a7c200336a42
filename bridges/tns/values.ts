/**
 * The numbers that TNS has for filters, instruments, groups and types: asked by name, pinned, and compared at every
 * check. Hard-coded tables of other clients are wrong in places; a number that changes under us would be, too.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { DeliveryError } from '../contract.ts'
import { oneLine } from '../words.ts'
import { isRecord } from './api.ts'
import type { TnsConfig } from './config.ts'

/** Numbers by what they stand for: `filter LSST/LSST.r`, `instrument lsst`, `group Rubin`, `unit AB`, `type SN Ia`. */
export type Ids = Readonly<Record<string, string>>

interface Wanted {
  readonly key: string
  readonly table: string
  /** Spellings that TNS may have; the first that it has counts. Upper and lower case are the same. */
  readonly names: readonly string[]
  /** Nothing at all can be reported without it. */
  readonly required: boolean
}

/** Identifiers of the SVO Filter Profile Service, as alerts have them. */
const filters: readonly Wanted[] = [
  ...[...'ugrizy'].map((band) => filter(`LSST/LSST.${band}`, [`${band}-LSST`, `${band}-Rubin`, `LSST-${band}`])),
  ...[...'gri'].map((band) => filter(`Palomar/ZTF.${band}`, [`${band}-ZTF`, `ZTF-${band}`])),
]
const instruments: readonly Wanted[] = [
  instrument('lsst', ['Rubin - LSSTCam', 'Rubin:Simonyi - LSSTCam', 'LSSTCam']),
  instrument('ztf', ['P48 - ZTF-Cam', 'ZTF-Cam']),
]

function filter(svo: string, names: readonly string[]): Wanted {
  return { key: `filter ${svo}`, table: 'filters', names, required: false }
}
function instrument(survey: string, names: readonly string[]): Wanted {
  return { key: `instrument ${survey}`, table: 'instruments', names, required: false }
}

function wantedOf({ reportingGroup, dataSourceGroup, atType }: TnsConfig): readonly Wanted[] {
  const groups = [...new Set([reportingGroup, dataSourceGroup])]
  return [
    ...filters,
    ...instruments,
    { key: 'unit AB', table: 'units', names: ['ABMag', 'AB mag'], required: true },
    { key: 'archive Other', table: 'archives', names: ['Other'], required: true },
    { key: `at_type ${atType}`, table: 'at_types', names: [atType], required: true },
    ...groups.map((name) => ({ key: `group ${name}`, table: 'groups', names: [name], required: true })),
  ]
}

/** Throws DeliveryError `halt` where TNS does not know what every report needs. */
export function resolveIds(data: unknown, settings: TnsConfig): Ids {
  if (!isRecord(data)) throw new DeliveryError('retry', 'no', 'get/values: 200, and no lists of values')
  const ids: Record<string, string> = {}
  for (const { key, table, names, required } of wantedOf(settings)) {
    const entries = entriesOf(data[table])
    const found = names.map((name) => entries.find(([, label]) => isCalled(label, name))).find((entry) => entry)
    if (found !== undefined) ids[key] = found[0]
    else if (required) {
      throw new DeliveryError('halt', 'no', `TNS has no ${key.replace(' ', ' called ')}${near(names[0]!, entries)}`)
    }
  }
  if (settings.autoClass) {
    for (const [id, label] of entriesOf(data.object_types)) ids[`type ${label.trim().toLowerCase()}`] = id
  }
  return ids
}

/** Dense lists come as arrays, where the place is the number, and sparse ones as objects. */
function entriesOf(table: unknown): readonly (readonly [id: string, label: string])[] {
  if (!isRecord(table) && !Array.isArray(table)) return []
  return Object.entries(table).flatMap(([id, label]) =>
    typeof label === 'string' && /^\d{1,9}$/.test(id) ? [[id, label] as const] : [],
  )
}

/** `PSN` is called `PSN - Possible SN` in some lists. */
function isCalled(label: string, name: string): boolean {
  const [a, b] = [label.trim().toLowerCase(), name.trim().toLowerCase()]
  return a === b || (/^[a-z]{3,5}$/.test(b) && a.startsWith(`${b} - `))
}

function near(name: string, entries: readonly (readonly [string, string])[]): string {
  const word = name.toLowerCase().slice(0, 3)
  const alike = entries.filter(([, label]) => label.toLowerCase().includes(word)).map(([, label]) => label)
  return alike.length === 0 ? '' : `; it has ${oneLine(alike.slice(0, 8).join(', '), 300)}`
}

const pinned = z.object({ api: z.string(), ids: z.record(z.string(), z.string()) })

export interface Pin {
  /** The ids that were agreed on; absent before the first time, and for another API. */
  read(): Ids | undefined
  /** Adds what is new; nothing that is pinned changes. */
  keep(ids: Ids): void
  readonly path: string
}

/** Asks for the folder when it is first read or kept. */
export function openPin(folder: () => string, api: string): Pin {
  const path = () => join(folder(), 'values.json')
  const read = () => {
    let text: string
    try {
      text = readFileSync(path(), 'utf8')
    } catch {
      return undefined
    }
    try {
      const pin = pinned.parse(JSON.parse(text))
      return pin.api === api ? pin.ids : undefined
    } catch {
      throw new DeliveryError(
        'halt',
        'no',
        `${path()} cannot be read: delete it, and the values of TNS are pinned anew`,
      )
    }
  }
  return {
    read,
    keep(ids) {
      const before = read()
      if (before !== undefined && Object.keys(ids).every((key) => key in before)) return
      mkdirSync(folder(), { recursive: true })
      writeFileSync(`${path()}.new`, `${JSON.stringify({ api, ids: { ...ids, ...before } }, null, 2)}\n`)
      renameSync(`${path()}.new`, path())
    },
    get path() {
      return path()
    },
  }
}

/** Throws DeliveryError `halt` where TNS gives another number than was pinned, or none any more. */
export function comparePin(pin: Pin, ids: Ids, settings: TnsConfig): void {
  const before = pin.read()
  if (before === undefined) return
  const used = new Set([...wantedOf(settings).map(({ key }) => key), ...Object.keys(ids)])
  const changed = Object.entries(before).filter(([key, id]) => used.has(key) && ids[key] !== id)
  if (changed.length === 0) return
  const says = changed.slice(0, 5).map(([key, id]) => `${key} was ${id} and is ${ids[key] ?? 'gone'}`)
  throw new DeliveryError(
    'halt',
    'no',
    `TNS changed its values: ${says.join('; ')}. Make sure that this is right, then delete ${pin.path} to accept it`,
  )
}
