/**
 * What GCN's schemas let pass and no reader can use: a right ascension of 999, "yesterday" as a date, probabilities of
 * two, keys that nobody reads. Values are known by their names, wherever they stand in a notice.
 */
import { isIsoTime } from '../../vo/iso-time.ts'
import { oneLine, webUrl } from '../words.ts'
import type { NoticeSchema } from './schemas.ts'

type Fields = Readonly<Record<string, unknown>>

/** `fields`: the object that holds the value. Gives what is wrong, after the value's place. */
type Rule = (value: never, fields: Fields) => string | undefined

const range =
  (low: number, high: number): Rule =>
  (value: number) =>
    typeof value !== 'number' || (value >= low && value <= high) ? undefined : `must be from ${low} to ${high}`
const probability = range(0, 1)
const probabilities: Rule = (value: Fields) =>
  Object.entries(value).find(([, one]) => probability(one as never, {}) !== undefined)?.[0] === undefined
    ? undefined
    : 'must hold numbers from 0 to 1'
const text: Rule = (value: unknown) => {
  const all = Array.isArray(value) ? value : [value]
  return all.length > 0 && all.every((one) => typeof one !== 'string' || one.trim() !== '') ? undefined : 'is empty'
}
const page: Rule = (value: string) => (webUrl(value) === undefined ? 'must be a link of http or https' : undefined)
const time: Rule = (value: string) => {
  if (!value.endsWith('Z') || !value.includes('T') || !isIsoTime(value.slice(0, -1)))
    return 'must be a time in UTC that exists, like 2026-03-01T05:37:41.5Z'
  return value < '1950' ? 'is before anything was observed' : undefined
}
const radius: Rule = (value: unknown) => {
  const [major, minor = major, angle = 0] = (Array.isArray(value) ? value : [value]) as number[]
  if (!(major! >= 0 && major! <= 180 && minor! >= 0)) return 'must be a radius from 0 to 180 degrees'
  if (minor! > major!) return 'has a minor axis that is longer than the major one'
  return Math.abs(angle) <= 360 ? undefined : 'has a position angle of more than a turn'
}
const together =
  (rule: Rule, ...others: readonly string[]): Rule =>
  (value, fields) => {
    const missing = others.find((other) => !(other in fields))
    return rule(value, fields) ?? (missing === undefined ? undefined : `stands without ${missing}`)
  }

const rules: Readonly<Record<string, Rule>> = {
  ra: together((value: number) => (value >= 0 && value < 360 ? undefined : 'must be from 0 to less than 360'), 'dec'),
  dec: together(range(-90, 90), 'ra'),
  ra_dec_error: together(radius, 'ra'),
  containment_probability: (value: number) => (value > 0 && value <= 1 ? undefined : 'must be over 0 and at most 1'),
  p_astro: probability,
  properties: probabilities,
  classification_scores: probabilities,
  classification: (value: Fields, fields) => {
    const sum = Object.values(value).reduce<number>((total, one) => total + Number(one), 0)
    // Classes that exclude each other: rounding is forgiven.
    return (
      probabilities(value as never, fields) ?? (sum > 1.001 ? 'has probabilities of more than 1 in sum' : undefined)
    )
  },
  mag: together(range(-30, 40), 'filter'),
  mag_error: together(range(0, 5), 'mag'),
  limiting_mag: together(range(-5, 40), 'filter'),
  limiting_mag_sigma: together(range(0.1, 100), 'limiting_mag'),
  far: range(0, 1e6),
  record_number: (value: number) =>
    Number.isSafeInteger(value) && value >= 1 ? undefined : 'must be a whole number from 1',
  alert_datetime: time,
  trigger_time: time,
  observation_start: time,
  observation_stop: together(
    (value: string, fields: Fields) =>
      time(value as never, fields) ??
      (typeof fields.observation_start === 'string' && Date.parse(value) < Date.parse(fields.observation_start)
        ? 'is before observation_start'
        : undefined),
    'observation_start',
  ),
  event_name: text,
  id: text,
  mission: text,
  instrument: text,
  filter: text,
  data_archive_page: page,
  healpix_url: page,
}

/** What was observed may be as much later than the notice as clocks differ. */
const aheadMs = 60_000
const longestText = 5_000
const deepest = 12

/** A sentence for each fault; empty where there is none. */
export function semanticFaults(notice: unknown, schema: NoticeSchema): string[] {
  if (typeof notice !== 'object' || notice === null || Array.isArray(notice)) return ['The notice is no object.']
  const faults: string[] = []
  const top = notice as Fields
  if (top.$schema !== schema.id) faults.push(`$schema must be ${schema.id}.`)
  for (const name of ['alert_datetime', 'mission']) if (!(name in top)) faults.push(`${name} is missing.`)
  const noticeMs = typeof top.alert_datetime === 'string' ? Date.parse(top.alert_datetime) : Number.NaN
  look(top, [], 0)
  return faults

  function look(value: unknown, path: readonly string[], depth: number): void {
    const fault = (words: string) => faults.push(`${shown(path)} ${words}.`)
    if (depth > deepest) return void fault('is too deep')
    if (value === null || value === undefined) return void fault('is nothing: leave it out')
    if (typeof value === 'number' && !Number.isFinite(value)) return void fault('is no number')
    if (typeof value === 'string') {
      if (value.length > longestText) fault(`has more than ${longestText} characters`)
      if (/[\p{Cc}\u2028\u2029]/u.test(value) || !value.isWellFormed()) fault('holds control characters')
      return
    }
    if (Array.isArray(value)) {
      for (const [index, one] of value.entries()) look(one, [...path, `${index}`], depth + 1)
      return
    }
    if (typeof value !== 'object') return
    const fields = value as Fields
    for (const [name, one] of Object.entries(fields)) lookAt(fields, name, one, [...path, name], depth)
  }

  function lookAt(fields: Fields, name: string, value: unknown, path: readonly string[], depth: number): void {
    if (path.length === 1 && name === '$schema') return
    const names = path.map((step) => (/^\d+$/.test(step) ? '[]' : step))
    if (!schema.knows(...names)) return void faults.push(`${shown(path)} is not known to the schema.`)
    const before = faults.length
    look(value, path, depth + 1)
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined || faults.length > before) return
    let words: string | undefined
    try {
      words = rule(value as never, fields)
    } catch {
      // Of another type than the schema has: it says so.
    }
    if (words !== undefined) faults.push(`${shown(path)} ${words}.`)
    else if (rule === time && name !== 'alert_datetime' && top.alert_tense !== 'planned') {
      if (Date.parse(value as string) > noticeMs + aheadMs) faults.push(`${shown(path)} is after alert_datetime.`)
    }
  }
}

const shown = (path: readonly string[]) => (path.length === 0 ? 'The notice' : oneLine(path.join('.'), 120))
