/**
 * The VO kernel: VOEvents as data, in XML, validated; identifiers; times and places.
 *
 * It knows no survey, opens no socket, and reads neither clock nor environment.
 */
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
export * from './model/voevent.ts'
export { openValidator, type Validation, type Validator } from './validate.ts'
export { type Issue, type ValidationCode, type ValidationEntry, validationCodes } from './validation-codes.ts'
export { VOEventError } from './voevent-error.ts'
export { elementHash, type Peek, peekVOEvent, type Span, voeventElement } from './xml/element.ts'
export {
  namespace20,
  type Oddity,
  type ReadVOEvent,
  readVOEvent,
  type VOEventVersion,
  voeventText20,
  writeVOEvent20,
} from './xml/voevent-2.0.ts'
