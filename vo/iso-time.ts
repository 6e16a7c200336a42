/** The times that VOEvent writes: ISO 8601, extended form, without a zone (VOEvent 2.0 §3.4.1). */

const form = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/

/** Whether a text is a time that exists: the day is in the calendar; a leap second may end any month of UTC. */
export function isIsoTime(text: string): boolean {
  const found = form.exec(text)
  if (!found) return false
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false
  const isLeapSecond = second === 60 && hour === 23 && minute === 59 && day === daysOf(year, month)
  return hour < 24 && minute < 60 && (second < 60 || isLeapSecond)
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
