/**
 * A post as it is stored, and the same as a draft for people: its text, then one line `Alt (cutouts): …` a picture. A
 * bridge may store more beside these fields.
 */
import { createHash } from 'node:crypto'
import { mjdUtcToIso } from '../vo/astro/time.ts'
import type { TimeSeriesPoint } from '../vo/model/voevent.ts'
import type { Item, Part, PictureKind } from './contract.ts'
import { Refusal } from './contract.ts'
import type { Finding } from './draft.ts'
import { bareHostsIn, hashtagsIn, joined, linksIn, mentionsIn, visible } from './post-links.ts'
import { brightnessOf, type PostKind, short } from './post-text.ts'
import { summarize } from './summary.ts'
import { counted, decSexagesimal, raSexagesimal, significant, utcTime } from './words.ts'

export interface Post {
  readonly kind: PostKind
  /** The event's role is test. */
  readonly test: boolean
  readonly text: string
  /** In the order in which they are shown. */
  readonly pictures: readonly PostPicture[]
}
export interface PostPicture {
  readonly kind: PictureKind
  /** `Part.hash`. */
  readonly hash: string
  /** One line. */
  readonly alt: string
}

const names: Readonly<Record<PictureKind, string>> = { cutouts: 'cutouts', lightcurve: 'light curve' }

/** A retraction shows nothing of what it withdraws. */
export function picturesOf(item: Item, kind: PostKind): { pictures: PostPicture[]; parts: Part[] } {
  const shown = kind === 'retraction' ? [] : [...item.pictures]
  const about = createHash('sha256').update(item.event.ivoid).digest('hex').slice(0, 8)
  const parts = shown.map(([picture, { bytes, mediaType }]) => ({
    hash: createHash('sha256').update(bytes).digest('hex'),
    mediaType,
    name: `${picture}-${about}.${mediaType.split('/')[1] ?? 'bin'}`,
    bytes,
  }))
  return {
    pictures: shown.map(([picture], index) => ({
      kind: picture,
      hash: parts[index]!.hash,
      alt: altText(picture, item),
    })),
    parts,
  }
}

/** What a picture shows, for those who do not see it: at most 900 characters, and no link in them. */
export function altText(kind: PictureKind, item: Item): string {
  const text = kind === 'cutouts' ? cutoutsAlt(item) : lightCurveAlt(item)
  const test = item.event.role === 'test' ? 'TEST. ' : ''
  return short(joined([{ kind: 'value', text: visible(`${test}${text}`) }]), 900)
}

function cutoutsAlt(item: Item): string {
  const { object, timeIso, raDeg, decDeg, snr, band, negative, noFlux } = summarize(item)
  const taken = timeIso === undefined ? '' : ` of ${utcTime(timeIso)}`
  const place =
    raDeg === undefined || decDeg === undefined ? '' : ` at RA ${raSexagesimal(raDeg)}, Dec ${decSexagesimal(decDeg)}`
  const dark = noFlux ? 'has no significant flux' : negative ? 'is fainter than in the template' : undefined
  const brightness = dark === undefined ? undefined : `${dark}${band === undefined ? '' : `, in ${band}`}`
  const measured = brightnessOf(item)
  const says = brightness ?? (measured === undefined ? undefined : `has ${measured}`)
  // Of the detection's peak: beside "no flux" it would contradict.
  const noise = snr === undefined || noFlux ? '' : `, signal to noise ${significant(snr, 3)}`
  const difference = says === undefined ? '' : ` In the difference the source ${says}${noise}.`
  return `Three grey images side by side of the sky around ${object}${place}: science${taken}, template, difference.${difference}`
}

/** Of the points, where the packet is there; else of what the event itself says. */
function lightCurveAlt(item: Item): string {
  const { object, detections, timeIso } = summarize(item)
  const series = item.full?.what?.timeSeries?.flatMap(({ points }) => points) ?? []
  const seen = series.filter(({ kind }) => kind === 'detection')
  const latest = brightnessOf(item)
  const now = latest === undefined ? '' : ` Latest: ${latest}${timeIso === undefined ? '' : ` at ${utcTime(timeIso)}`}.`
  if (seen.length === 0) {
    const count = detections === undefined ? '' : ` after ${counted(detections, 'detection')}`
    return `Light curve of ${object}${count}: brightness against time.${now}`
  }
  const bands = [...new Set(seen.map(({ band }) => band).filter((band) => band !== undefined))].sort()
  const limits = series.filter(({ kind }) => kind === 'nonDetection').length
  const forced = series.filter(({ kind }) => kind === 'forced').length
  const more = [
    ...(limits > 0 ? [counted(limits, 'upper limit')] : []),
    ...(forced > 0 ? [counted(forced, 'point of forced photometry', 'points of forced photometry')] : []),
  ]
  const what = `${counted(seen.length, 'detection')}${bands.length === 0 ? '' : ` in ${bands.join(', ')}`}`
  return `Light curve of ${object}, brightness against time: ${[what, ...more].join(', ')}${span(series)}.${brightest(seen)}${now}`
}

/** Whole days: the seconds between UTC and TAI do not show. */
function span(points: readonly TimeSeriesPoint[]): string {
  // A packet may hold more points than a call takes arguments.
  const days = points.map(({ timeMjd }) => timeMjd).filter(Number.isFinite)
  const [first, last] = [
    day(days.reduce((a, b) => Math.min(a, b), Infinity)),
    day(days.reduce((a, b) => Math.max(a, b), -Infinity)),
  ]
  if (first === undefined || last === undefined) return ''
  return first === last ? `, on ${first}` : `, from ${first} to ${last}`
}

function brightest(points: readonly TimeSeriesPoint[]): string {
  const best = points
    .filter(({ magnitude }) => Number.isFinite(magnitude))
    .reduce<TimeSeriesPoint | undefined>((a, b) => (a === undefined || b.magnitude! < a.magnitude! ? b : a), undefined)
  if (best === undefined || points.length < 2) return ''
  const on = day(best.timeMjd)
  return ` Brightest: ${best.band ?? 'brightness'} = ${best.magnitude!.toFixed(2)} mag${on === undefined ? '' : ` on ${on}`}.`
}

function day(mjd: number): string | undefined {
  try {
    return mjdUtcToIso(mjd).slice(0, 10)
  } catch {
    return undefined
  }
}

// ------------------------------------------------------------------ as a draft

export function readPost<P extends Post>(body: Uint8Array): P {
  return JSON.parse(Buffer.from(body).toString('utf8')) as P
}

export function writePost(post: Post): Uint8Array {
  return Buffer.from(JSON.stringify(post))
}

export function draftText({ text, pictures }: Post): string {
  const alts = pictures.map(({ kind, alt }) => `Alt (${names[kind]}): ${alt}`)
  return [text, ...(alts.length === 0 ? [] : ['', ...alts])].join('\n')
}

/** Far above what any service takes; below what would keep the gateway busy. */
const longestDraft = 50_000

/**
 * The post that a changed text stands for. A picture whose line is gone is not shown; a line that stands for no
 * picture of the draft throws `Refusal`.
 */
export function parseDraft<P extends Post>(changed: string, original: P): P {
  if (changed.length > longestDraft) throw new Refusal([`The draft has more than ${longestDraft} characters.`])
  const lines = changed
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
  while (lines.length > 0 && lines.at(-1) === '') lines.pop()
  const alts = new Map<PictureKind, string>()
  // Without pictures such a line is one of the text; else a blank line parts them.
  while (original.pictures.length > 0) {
    const [, name, alt = ''] = /^Alt \(([^)]*)\): ?(.*)$/.exec(lines.at(-1) ?? '') ?? []
    if (name === undefined) break
    const picture = original.pictures.find(({ kind }) => names[kind] === name)
    if (picture === undefined || alts.has(picture.kind)) {
      const known = original.pictures.map(({ kind }) => `'${names[kind]}'`).join(' and ')
      throw new Refusal([`'Alt (${name})' stands for no picture of this draft, which has ${known}, each once.`])
    }
    alts.set(picture.kind, visible(alt))
    lines.pop()
  }
  const pictures = original.pictures
    .filter(({ kind }) => alts.has(kind))
    .map((picture) => ({ ...picture, alt: alts.get(picture.kind)! }))
  return { ...original, text: lines.join('\n').trim(), pictures }
}

export interface PostRules {
  /** What the text comes to and may come to, in the service's own counting: one pair or several. */
  readonly lengths: readonly { readonly is: number; readonly most: number; readonly unit: string }[]
  readonly mostAlt: number
  /** Whether a URL may stand in it, and why not. */
  readonly links: true | string
}

/** What is wrong or doubtful in a post, whichever service it is for. `name` begins the codes: `X`. */
export function lintPost(name: string, post: Post, rules: PostRules): Finding[] {
  const findings: Finding[] = []
  const say = (severity: Finding['severity'], code: string, says: string, fix?: string) =>
    void findings.push({ severity, code: `${name}_${code}`, says, ...(fix === undefined ? {} : { fix }) })
  if (post.text === '') say('error', 'EMPTY', 'The post says nothing.', 'Write a text.')
  for (const { is, most, unit } of rules.lengths) {
    if (is > most) say('error', 'TOO_LONG', `The text has ${is} of ${most} ${unit}.`, `Take ${is - most} away.`)
  }
  const links = linksIn(post.text)
  const hosts = bareHostsIn(post.text)
  if (rules.links !== true && links.length > 0) {
    say('error', 'LINK', `'${links[0]?.text}' is a link, and ${rules.links}.`, 'Take it out, or allow links.')
  }
  if (hosts.length > 0) {
    const severity = rules.links === true ? 'warning' : 'error'
    say(
      severity,
      'BARE_HOST',
      `'${hosts[0]?.text}' is taken for the name of a host and becomes a link.`,
      'Put a space after the full stop.',
    )
  }
  for (const { text } of mentionsIn(post.text).slice(0, 1)) {
    say('warning', 'MENTION', `'${text}' is told of the post.`, 'Mention nobody who did not ask for it.')
  }
  if (hashtagsIn(post.text).length > 3) {
    say('warning', 'HASHTAGS', 'More than three hashtags read like an advertisement.', 'Keep the ones that help.')
  }
  for (const { kind, alt } of post.pictures) {
    if (alt === '') {
      say('error', 'ALT_EMPTY', `Nothing says what the picture (${names[kind]}) shows.`, 'Write its Alt line.')
    }
    const length = [...alt].length
    if (length > rules.mostAlt) {
      say('error', 'ALT_TOO_LONG', `The alt text (${names[kind]}) has ${length} of ${rules.mostAlt} characters.`)
    }
  }
  if (post.test && !/\btest\b/i.test(post.text)) {
    say('error', 'TEST_UNMARKED', 'The event is a test, and the text does not say so.', 'Write TEST in it.')
  }
  return findings
}
