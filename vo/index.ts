/**
 * The VO kernel: VOEvents as data, in XML, validated; identifiers; times and places; the protocol VTP.
 *
 * It knows no survey, opens no socket, and reads neither clock nor environment.
 */

export { abLimitMag, abMagErr, abMagFromNjy, njyErrFromAbMag, njyFromAbMag } from './astro/flux.ts'
export {
  brightBefore,
  earliestDetection,
  lastNonDetection,
  magSlope,
  type PhotometryPoint,
  type RiseBound,
  riseBound,
  riseRate,
  type Slope,
  sameExposureDays,
} from './astro/light-curve.ts'
export { positionName } from './astro/position-name.ts'
export { type Galactic, galacticFromIcrs, majorAxisDeg, separationDeg } from './astro/sky.ts'
export {
  isoToMjdUtc,
  jdUtcToMjdUtc,
  leapSecondsExpire,
  leapSecondsKnown,
  mjdTaiOf,
  mjdTaiToMjdUtc,
  mjdTaiToUtcIso,
  mjdUtcToIso,
  unixMsToIso,
} from './astro/time.ts'
export { type CapOptions, type Capped, capEvent } from './cap-event.ts'
export { checkVOUnit, type VOUnitProblem } from './check-vounit.ts'
export { type Equatorial, eventEquatorial, eventGalactic, eventTimeMjdUtc } from './event-place.ts'
export {
  eventIvoid,
  formatIvoid,
  type Ivoid,
  IvoidError,
  isEventIvoid,
  key,
  parseIvoid,
  requireEventIvoid,
  streamOf,
} from './ivoid.ts'
export type { Loss } from './loss.ts'
export type { LowerTo } from './lower/where-when.ts'
export { type Lowered, type LowerOptions, lowerEvent } from './lower-event.ts'
export * from './model/voevent.ts'
export { checkUcd, parseUcd, type UcdProblem, type UcdWord, ucdWord } from './ucd.ts'
export { openValidator, type SchemaVersion, schemaVersions, type Validation, type Validator } from './validate.ts'
export { type Issue, type ValidationCode, type ValidationEntry, validationCodes } from './validation-codes.ts'
export {
  confluentSchemaId,
  type ReadAvro3Options,
  readAvro3,
  readAvro3Confluent,
  readAvro3SingleObject,
  type WriteAvro3Options,
  writeAvro3,
  writeAvro3Confluent,
  writeAvro3SingleObject,
} from './voevent-3/avro.ts'
export {
  type Avro3Codec,
  Avro3ContainerWriter,
  avro3Codecs,
  readAvro3Container,
  type WriteAvro3ContainerOptions,
  writeAvro3Container,
} from './voevent-3/avro-container.ts'
export { avro3Fingerprint } from './voevent-3/avro-schema.ts'
export { type ReadJson3Options, readJson3 } from './voevent-3/json-read.ts'
export { type WriteJson3Options, writeJson3 } from './voevent-3/json-write.ts'
export { voevent3AvroName, voevent3JsonSchema, voevent3Namespace, voevent3Version } from './voevent-3/names.ts'
export { checkParamSet, type ParamSet, type ParamSets, paramSetOf } from './voevent-3/param-set.ts'
export { paramSetsOf } from './voevent-3/param-sets-of.ts'
export { type VOEventFormat, voeventFormat } from './voevent-3/sniff.ts'
export { type ReadXml3Options, readXml3 } from './voevent-3/xml-read.ts'
export { writeXml3 } from './voevent-3/xml-write.ts'
export { VOEventError } from './voevent-error.ts'
export {
  type Fraction,
  formatVOUnit,
  parseVOUnit,
  type VOUnit,
  VOUnitError,
  type VOUnitFactor,
  type VOUnitFunction,
} from './vounits.ts'
export { Author as VtpAuthor, type Submission } from './vtp/author.ts'
export { type BackoffOptions, defaultBackoff, nextWaitMs } from './vtp/backoff.ts'
export {
  BrokerSubmission,
  type SubmissionEffect,
  type SubmissionOptions,
  type Verdict,
} from './vtp/broker-submission.ts'
export { BrokerSubscriber, type BrokerSubscriberEffect, type BrokerSubscriberOptions } from './vtp/broker-subscriber.ts'
export { defaultMaxBytes, FrameDecoder, frame, type Unframed } from './vtp/framing.ts'
export { Subscriber, type SubscriberEffect, type SubscriberOptions } from './vtp/subscriber.ts'
export {
  filterParam,
  type ReadTransportMessage,
  readTransport,
  type TransportMessage,
  type TransportParam,
  type TransportRole,
  transportNamespace,
  writeTransport,
} from './vtp/transport.ts'
export type { UcdCode } from './words/ucd-words.ts'
export { elementHash, type Peek, peekVOEvent, type Span, voeventElement } from './xml/element.ts'
export {
  namespace20,
  type Oddity,
  type ReadVOEvent,
  readVOEvent,
  type VOEventVersion,
  voeventText20,
  type WriteOptions,
  writeVOEvent20,
} from './xml/voevent-2.0.ts'
export { namespace21, voeventText21, writeVOEvent21 } from './xml/voevent-2.1.ts'
