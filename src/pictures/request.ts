/** What can be drawn of an event, as plain data that crosses to a worker. */
import type { PictureKind } from '../../bridges/contract.ts'
import { isoToMjdUtc } from '../../vo/astro/time.ts'
import type { Param, TimeSeries, VOEvent } from '../../vo/model/voevent.ts'
import { drawable } from './curve-points.ts'

export const pictureKinds: readonly PictureKind[] = ['cutouts', 'lightcurve']

export const stampNames = ['science', 'template', 'difference'] as const
export type StampName = (typeof stampNames)[number]

interface Heading {
  /** The object's name. */
  readonly title: string
  /** Of role test: a picture travels without its message, and must say so itself. */
  readonly isTest: boolean
  /** Of the detection, in UTC; absent where the event does not say. */
  readonly timeIso?: string
}
export interface CutoutsRequest extends Heading {
  readonly kind: 'cutouts'
  /** FITS files; those that the event does not have are absent. */
  readonly stamps: Readonly<Partial<Record<StampName, Uint8Array>>>
}
export interface LightCurveRequest extends Heading {
  readonly kind: 'lightcurve'
  readonly series: TimeSeries
}
export type PictureRequest = CutoutsRequest | LightCurveRequest

/** The wanted pictures that the event has data for. Of several light curves the one with the most points. */
export function pictureRequests(event: VOEvent, kinds: readonly PictureKind[]): PictureRequest[] {
  const timeIso = timeOf(event)
  const heading = {
    title: nameOf(event),
    isTest: event.role === 'test',
    ...(timeIso === undefined ? {} : { timeIso }),
  }
  return kinds.flatMap((kind): PictureRequest[] => {
    if (kind === 'cutouts') {
      const stamps = stampsOf(event)
      return Object.keys(stamps).length === 0 ? [] : [{ kind, ...heading, stamps }]
    }
    const [series] = [...(event.what?.timeSeries ?? [])].sort((a, b) => b.points.length - a.points.length)
    return series?.points.some(drawable) ? [{ kind, ...heading, series }] : []
  })
}

/** Mappings name them alike for every survey: `cutoutScience`. */
function stampsOf(event: VOEvent): CutoutsRequest['stamps'] {
  return Object.fromEntries(
    stampNames.flatMap((name) => {
      const attachment = event.attachments?.find((each) => each.name.toLowerCase() === `cutout${name}`)
      return attachment?.data === undefined ? [] : [[name, attachment.data]]
    }),
  )
}

/** The moving object, the object, else the detection by its own name or identifier. */
function nameOf({ ivoid, what, whereWhen }: VOEvent): string {
  const designation = whereWhen?.find((place) => place.movingObject?.designation)?.movingObject?.designation
  const main = (params: readonly Param[]): string | undefined => {
    const value = params.find(({ definition }) => definition.ucd === 'meta.id;meta.main')?.value
    return typeof value === 'string' ? value : undefined
  }
  const objects = what?.groups.filter(({ name }) => name === 'object' || name === 'solarSystemObject') ?? []
  const found = objects.map(({ params }) => main(params)).find((name) => name !== undefined)
  return designation ?? found ?? main(what?.params ?? []) ?? ivoid.replace(/^.*[#?]/, '')
}

/** Undefined where it is no time in UTC: strangers' events may say anything. */
function timeOf({ whereWhen }: VOEvent): string | undefined {
  const [place] = whereWhen ?? []
  const iso = place?.time?.isoTime
  if (iso === undefined || !/^UTC\b/i.test(place?.coordSystem ?? 'UTC')) return undefined
  try {
    isoToMjdUtc(iso)
    return iso
  } catch {
    return undefined
  }
}
