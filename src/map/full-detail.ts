/** What an event of the VOEvent-3 draft says of an alert beyond VOEvent 2.0. */
import { createHash } from 'node:crypto'
import { streamOf } from '../../vo/ivoid.ts'
import type {
  Attachment,
  Classification,
  MovingObject,
  Orbit,
  PositionCovariance,
  Provenance,
  VOEvent,
} from '../../vo/model/voevent.ts'
import type { Alert, AvroRecord } from '../flow.ts'
import type { MappingContext } from './alert-to-voevent.ts'
import { orbitFields } from './full-mapping.ts'
import { numberOf } from './history.ts'
import { lightCurve, said } from './light-curve.ts'
import type { Mapping } from './load-mapping.ts'
import { singlePrecision } from './what-of-alert.ts'

/**
 * The event with all that the alert holds and the model can say. The table of the last detections goes: the light
 * curve has them all. Classifiers say what else would be a hypothesis with a probability.
 */
export function fullDetail(event: VOEvent, alert: Alert, context: MappingContext): VOEvent {
  const { mapping } = context
  const { record } = alert
  const series = lightCurve(record, mapping)
  const classifications = classificationsOf(record, mapping)
  const covariance = covarianceOf(record, mapping)
  const movingObject = mapping.column('is_moving')(alert) === true ? movingObjectOf(record, mapping) : undefined
  const attachments = attachmentsOf(record, mapping)
  const [place, ...more] = event.whereWhen ?? []
  return {
    ...event,
    ...(event.what && {
      what: {
        ...event.what,
        ...(series !== undefined && { tables: [], timeSeries: [series] }),
      },
    }),
    ...(place && {
      whereWhen: [
        {
          ...place,
          ...(place.position && covariance && { position: { ...place.position, covariance } }),
          ...(movingObject && { movingObject }),
        },
        ...more,
      ],
    }),
    ...(event.why &&
      classifications.length > 0 && {
        why: {
          ...event.why,
          inferences: event.why.inferences.filter(({ probability }) => probability === undefined),
          classifications,
        },
      }),
    ...(attachments.length > 0 && { attachments }),
    provenance: provenanceOf(alert, event, context),
  }
}

function attachmentsOf(record: AvroRecord, { full }: Mapping): Attachment[] {
  return full.attachments.flatMap(({ name, mediaType, description, read }): Attachment[] => {
    const data = read(record)
    if (data === null) return []
    const checksum = `sha-256:${createHash('sha256').update(data).digest('hex')}`
    return [{ name, mediaType, description, data, sizeBytes: data.length, checksum }]
  })
}

/** With the survey's floor in both directions, so that the longer axis of the ellipse is the error radius. */
function covarianceOf(record: AvroRecord, { file, full }: Mapping): PositionCovariance | undefined {
  const read = (name: string): number | null => numberOf(full.position.get(name)?.read(record) ?? null)
  const raErr = read('ra_err_deg')
  const decErr = read('dec_err_deg')
  if (raErr === null || decErr === null || raErr <= 0 || decErr <= 0) return undefined
  // An impossible covariance is cut to what its errors allow.
  const most = raErr * decErr
  const cov = Math.max(-most, Math.min(most, read('ra_dec_cov_deg2') ?? 0))
  const floorDeg2 = (file.positionError.floorArcsec / 3600) ** 2
  return {
    c1c1Deg2: singlePrecision(raErr ** 2 + floorDeg2),
    c1c2Deg2: singlePrecision(cov),
    c2c2Deg2: singlePrecision(decErr ** 2 + floorDeg2),
  }
}

/** Undefined where nothing is known of it. */
function movingObjectOf(record: AvroRecord, { full }: Mapping): MovingObject | undefined {
  const values = Object.fromEntries([...full.movingObject].map(([name, { read }]) => [name, read(record)]))
  const own = said(Object.fromEntries(Object.entries(values).filter(([name]) => !name.startsWith('orbit.'))))
  const orbit = orbitOf(said(Object.fromEntries(orbitFields.map((name) => [name, values[`orbit.${name}`] ?? null]))))
  const body = { ...own, ...(orbit && { orbit }) } as MovingObject
  return Object.keys(body).length === 0 ? undefined : body
}

/** An orbit has all six elements, each once. */
function orbitOf(elements: Partial<Orbit>): Orbit | undefined {
  const { semiMajorAxisAu, perihelionDistanceAu, meanAnomalyDeg, perihelionTimeMjdTdb, ...rest } = elements
  const { epochMjdTdb, eccentricity, inclinationDeg, ascendingNodeDeg, perihelionArgumentDeg } = rest
  const shape = [epochMjdTdb, eccentricity, inclinationDeg, ascendingNodeDeg, perihelionArgumentDeg]
  if (shape.includes(undefined)) return undefined
  const size = semiMajorAxisAu === undefined ? { perihelionDistanceAu } : { semiMajorAxisAu }
  const phase = meanAnomalyDeg === undefined ? { perihelionTimeMjdTdb } : { meanAnomalyDeg }
  if (Object.values({ ...size, ...phase }).includes(undefined)) return undefined
  return { ...rest, ...size, ...phase } as Orbit
}

function classificationsOf(record: AvroRecord, { file, full }: Mapping): Classification[] {
  return Object.entries(file.classifications).flatMap(
    ([key, { classifier, class: name, scheme }]): Classification[] => {
      const probability = numberOf(full.classification.get(`${key}.probability`)?.read(record) ?? null)
      if (probability === null || probability < 0 || probability > 1) return []
      const version = full.classification.get(`${key}.version`)?.read(record)
      return [
        {
          classifier,
          ...(typeof version === 'string' && { version }),
          ...(scheme !== undefined && { scheme }),
          classes: [{ name, probability: singlePrecision(probability) }],
        },
      ]
    },
  )
}

function provenanceOf(alert: Alert, event: VOEvent, { mapping, stream, software }: MappingContext): Provenance {
  const [, name = software, version] = /^(.+) (\S+)$/.exec(software) ?? []
  return {
    survey: mapping.survey,
    schemaId: alert.schemaName,
    packetId: mapping.identify(alert).alertId,
    ...(stream && { filter: { name: stream.name, ivoid: streamOf(event.ivoid) } }),
    software: [{ name, ...(version !== undefined && { version }) }],
  }
}
