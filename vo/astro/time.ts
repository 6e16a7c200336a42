/**
 * Time scales and dates. An MJD is split into day and fraction before anything is scaled, and a time of day is
 * rounded once, to the microsecond (a double near MJD 61000 has steps of 0.63 µs). Instants are written as ISO 8601
 * in UTC without a zone, as VOEvent wants them.
 *
 * Before 1972 UTC had no whole offset from TAI: 10 s is used there, which may be wrong by ten seconds.
 */
import { leapSeconds } from './leap-seconds.ts'

/** The first day (ISO, UTC) for which the IERS had not announced TAI - UTC when the table was made (Bulletin C 72, July 2026). */
export const leapSecondsExpire = '2027-06-28'

const daySeconds = 86_400
const dayUs = 86_400_000_000
const jdOfMjdZero = 2_400_000.5
const mjdOfUnixZero = 40_587
const msPerDay = 86_400_000

/** A day of UTC and the seconds since its midnight: 86,400 and above only within a leap second. */
interface Instant {
  readonly day: number
  readonly second: number
}

/** Is this day (MJD) within the time for which leap seconds are announced? */
export function leapSecondsKnown(mjdUtc: number): boolean {
  return mjdUtc < isoToMjdUtc(leapSecondsExpire)
}

/** UTC of an MJD in TAI, as `2026-03-06T02:17:20.180139`. Throws RangeError when it is no time of years 0 to 9999. */
export function mjdTaiToUtcIso(mjdTai: number): string {
  const { day, second } = utcOfTai(mjdTai)
  return iso(day, second)
}

/** MJD in UTC of an MJD in TAI. On a day with a leap second the day is 86,401 s long (the convention of SOFA). */
export function mjdTaiToMjdUtc(mjdTai: number): number {
  const { day, second } = utcOfTai(mjdTai)
  return day + second / dayLengthSeconds(day)
}

/** Days that a clock of the scale is ahead of TAI; TDB is TT to within two milliseconds. */
const aheadOfTaiDays: Readonly<Record<string, number>> = {
  TAI: 0,
  TT: 32.184 / daySeconds,
  TDB: 32.184 / daySeconds,
  GPS: -19 / daySeconds,
}

/** The same instant on the clock of TAI; undefined for UTC, which is no steady clock, and for a scale that is not known here. */
export function mjdTaiOf(mjd: number, scale: string): number | undefined {
  return Object.hasOwn(aheadOfTaiDays, scale) ? mjd - aheadOfTaiDays[scale]! : undefined
}

/** The ISO time of an MJD in UTC. Throws RangeError as above. */
export function mjdUtcToIso(mjdUtc: number): string {
  const day = Math.floor(checked(mjdUtc))
  return iso(day, (mjdUtc - day) * dayLengthSeconds(day))
}

/** MJD of a Julian date, both in UTC. A Julian date as a double has steps of 40 µs. */
export function jdUtcToMjdUtc(jdUtc: number): number {
  return jdUtc - jdOfMjdZero
}

const isoPattern = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?)?Z?$/

/** MJD in UTC of an ISO 8601 time in UTC (a date alone is its midnight). Throws RangeError for anything else. */
export function isoToMjdUtc(text: string): number {
  const parts = isoPattern.exec(text)
  if (parts === null) throw new RangeError(`not an ISO 8601 time in UTC: ${text.slice(0, 40)}`)
  const [, year, month, dayOfMonth, hour = '0', minute = '0', second = '0'] = parts
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(dayOfMonth))
  const day = Math.floor(date.getTime() / msPerDay) + mjdOfUnixZero
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(dayOfMonth)
  const inMinute = Number(second) < 60 || (Number(second) < 61 && Number(hour) === 23 && Number(minute) === 59)
  if (!isDate || Number(hour) > 23 || Number(minute) > 59 || !inMinute || seconds >= dayLengthSeconds(day)) {
    throw new RangeError(`no such time in UTC: ${text.slice(0, 40)}`)
  }
  return day + seconds / dayLengthSeconds(day)
}

/** The ISO time (UTC, no zone, ms) of milliseconds since the epoch, as clocks give them. */
export function unixMsToIso(ms: number): string {
  return new Date(ms).toISOString().slice(0, -1)
}

function utcOfTai(mjdTai: number): Instant {
  const day = Math.floor(checked(mjdTai))
  const second = (mjdTai - day) * daySeconds
  let index = leapSeconds.length - 1
  for (; index > 0; index--) {
    const [start, offset] = leapSeconds[index]!
    if (day - start >= 1 || (day - start) * daySeconds + second >= offset) break
  }
  const offset = leapSeconds[index]![1]
  const next = leapSeconds[index + 1]?.[0]
  const utcDay = second >= offset ? day : day - 1
  const utcSecond = second >= offset ? second - offset : second - offset + daySeconds
  // The old offset still holds, but its day count has reached the day of the new one: the leap second itself.
  if (next !== undefined && utcDay >= next) return { day: utcDay - 1, second: utcSecond + daySeconds }
  return { day: utcDay, second: utcSecond }
}

function dayLengthSeconds(day: number): number {
  return leapDays.has(day) ? daySeconds + 1 : daySeconds
}

/** Days that end with a leap second. (1971-12-31 does not count: the table begins there.) */
const leapDays: ReadonlySet<number> = new Set(leapSeconds.slice(1).map(([start]) => start - 1))

function iso(day: number, second: number): string {
  let us = Math.round(second * 1e6)
  let date = day
  if (us >= dayLengthSeconds(day) * 1_000_000) {
    us -= dayLengthSeconds(day) * 1_000_000
    date += 1
  }
  // Within a leap second the clock shows 23:59:60, not 24:00:00.
  const minutes = Math.min(Math.floor(us / 60_000_000), dayUs / 60_000_000 - 1)
  const restUs = us - minutes * 60_000_000
  const time = [Math.floor(minutes / 60), minutes % 60, Math.floor(restUs / 1e6)].map(two).join(':')
  return `${isoDate(date)}T${time}.${String(restUs % 1_000_000).padStart(6, '0')}`
}

function isoDate(mjd: number): string {
  return new Date((mjd - mjdOfUnixZero) * msPerDay).toISOString().slice(0, 10)
}

const two = (value: number): string => String(value).padStart(2, '0')

const leastMjd = -678_941 // 0000-01-01
const mostMjd = 2_973_484 // 10000-01-01

function checked(mjd: number): number {
  if (!(mjd >= leastMjd + 1 && mjd < mostMjd - 1)) throw new RangeError(`no MJD of the years 0 to 9999: ${mjd}`)
  return mjd
}
