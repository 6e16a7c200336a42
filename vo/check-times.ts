/** Rules for times: ISO 8601 without a zone (VOEvent 2.0 §3.4.1), intervals in order, errors that are numbers. */
import { isIsoTime } from './iso-time.ts'
import { at, children, type Rule, shown, trimmedAttribute, type Warn } from './rule.ts'
import type { XmlElement } from './xml/parse-xml.ts'
import { parseFloatText } from './xml/reading.ts'
import { trimSpace } from './xml/white-space.ts'

export const checkTimes: Rule = (root, warn) => {
  const [date] = at(root, 'Who', 'Date')
  for (const each of at(root, 'Who', 'Date')) checkZone(each, trimSpace(each.text), warn)
  for (const why of children(root, 'Why')) {
    const expires = trimmedAttribute(why, 'expires')
    if (expires === undefined) continue
    checkZone(why, expires, warn, 'expires')
    const written = date && trimSpace(date.text)
    if (written !== undefined && isLater(written, expires)) {
      warn('VOE_EXPIRES', why, `It expires ${shown(expires)} and is of ${shown(written)}.`, 'expires')
    }
  }
  for (const place of ['ObservatoryLocation', 'ObservationLocation']) {
    for (const coords of at(root, 'WhereWhen', 'ObsDataLocation', place, 'AstroCoords')) checkCoords(coords, warn)
  }
}

function checkCoords(coords: XmlElement, warn: Warn): void {
  for (const iso of at(coords, 'Time', 'TimeInstant', 'ISOTime')) checkIsoTime(iso, warn)
  for (const interval of at(coords, 'Time', 'TimeInterval')) {
    const [start] = children(interval, 'ISOTimeStart')
    const [stop] = children(interval, 'ISOTimeStop')
    if (start) checkIsoTime(start, warn)
    if (stop) checkIsoTime(stop, warn)
    if (start && stop && isLater(trimSpace(start.text), trimSpace(stop.text))) {
      warn('VOE_INTERVAL', interval, `${shown(trimSpace(start.text))} to ${shown(trimSpace(stop.text))}.`)
    }
  }
  const errors = [...at(coords, 'Time', 'Error'), ...at(coords, 'Position2D', 'Error2Radius')]
  for (const position of ['Position2D', 'Position3D']) {
    for (const axes of ['Error2', 'Error3']) {
      for (const axis of ['C1', 'C2', 'C3']) errors.push(...at(coords, position, axes, axis))
    }
  }
  for (const error of errors) {
    const value = parseFloatText(error.text)
    if (value !== undefined && !(value >= 0 && value < Infinity)) warn('VOE_ERROR_VALUE', error, `It is ${value}.`)
  }
}

function checkIsoTime(element: XmlElement, warn: Warn): void {
  const text = trimSpace(element.text)
  if (isIsoTime(text)) return
  const [, bare = ''] = zoned.exec(text) ?? []
  warn('VOE_TIME', element, isIsoTime(bare) ? `${shown(text)} carries a zone.` : `${shown(text)} is no time.`)
}

/** A Date is of a type that has zones; "Z" says no more than what holds without it. */
function checkZone(element: XmlElement, text: string, warn: Warn, name?: string): void {
  const [, bare = '', zone] = zoned.exec(text) ?? []
  if (zone === undefined || /^(?:Z|[+-]00:00)$/.test(zone) || !isIsoTime(bare)) return
  warn('VOE_TIME', element, `${shown(text)} is in another zone than UTC.`, name)
}

const zoned = /^(.*\d)(Z|[+-]\d\d:\d\d)$/i

/** Whether one time is after another; of times in zones other than UTC nothing is said. */
function isLater(a: string, b: string): boolean {
  const [one, other] = [inUtc(a), inUtc(b)]
  if (!isIsoTime(one) || !isIsoTime(other)) return false
  const length = Math.min(one.length, other.length)
  // Fixed fields compare as text; a time that leaves out its last fields is as early as the other's there.
  const [start, end] = [one.slice(0, length), other.slice(0, length)]
  return start > end || (start === end && /[1-9]/.test(one.slice(length)))
}

const inUtc = (text: string) => text.replace(/(?:Z|[+-]00:00)$/, '')
