/** GCN's rules of a Circular's subject, and subjects that keep them. */
import { asciiLine } from '../report-text/ascii.ts'
import { eventNames, stopStrings, subjectKeywords } from './subject-lists.ts'

/** Why GCN would refuse a subject, as sentences; none where it takes it. */
export function subjectFaults(subject: string): string[] {
  const lower = subject.toLowerCase()
  const stop = stopStrings.find((text) => lower.includes(text))
  const known =
    subjectKeywords.some((word) => lower.includes(word.toLowerCase())) || eventNames.some((form) => form.test(subject))
  return [
    ...(stop === undefined
      ? []
      : [`GCN refuses subjects with "${stop}": it takes them for automatic replies or drafts.`]),
    ...(known ? [] : ['GCN takes no subject without one of its keywords or the name of an event in a form it knows.']),
  ]
}

/** Names of events in a subject, each once, in the forms that GCN or Rubin uses. */
export function eventsIn(subject: string): string[] {
  const forms = [...eventNames, /\bLSST-(?:AP-DO|P-DO)-\d+/, /\b[SG]W?\d{6}[a-z]{1,3}\b/]
  const found = forms.flatMap((form) => [...subject.matchAll(new RegExp(form.source, `${form.flags}g`))])
  const names = [...new Set(found.map(([name]) => name.trim()))]
  // "S251117bs" inside "LIGO/Virgo/KAGRA S251117bs" is no second one.
  return names.filter((name) => !names.some((other) => other !== name && other.includes(name)))
}

/** 'AT2026abc: Rubin/LSST detection of an optical transient' */
export function discoverySubject(object: string, facility: string, deed: 'discovery' | 'detection'): string {
  return `${asciiLine(object, 80)}: ${facility} ${deed} of an optical transient`
}

export function retractionSubject(object: string): string {
  return `${asciiLine(object, 80)}: retraction of an optical transient`
}
