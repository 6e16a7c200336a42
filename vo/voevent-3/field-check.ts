/**
 * Whether what stands in a field is what the model has there: programs that are not checked by TypeScript, or that
 * take events from elsewhere, would else write documents that no reader takes.
 */
import { enumerations, type ScalarType } from '../model/definition.ts'
import { VOEventError } from '../voevent-error.ts'
import type { WireField } from './wire-field.ts'

type Is = (value: unknown) => boolean
const isText: Is = (value) => typeof value === 'string'

const scalars: Readonly<Record<ScalarType, Is>> = {
  text: isText,
  uri: isText,
  ivoid: isText,
  isoTime: isText,
  float: (value) => typeof value === 'number',
  int: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  bytes: (value) => value instanceof Uint8Array,
  value: () => false,
}

/** `write` for one item of the field, behind a check. It throws VOEventError VOE3_FIELD. */
export function checkedItem<Rest extends readonly unknown[], Written>(
  field: Extract<WireField, { base: string }>,
  write: (value: unknown, ...rest: Rest) => Written,
): (value: unknown, ...rest: Rest) => Written {
  const { form, base, place } = field
  const words = enumerations[base]?.values
  const is: Is =
    form === 'scalar'
      ? scalars[base]
      : form === 'enumeration'
        ? (value) => words!.includes(value as string)
        : (value) => typeof value === 'object' && value !== null
  const wanted = form === 'enumeration' ? words!.join(' or ') : base
  return (value, ...rest) => {
    if (!is(value)) throw wrong(place, value, wanted)
    return write(value, ...rest)
  }
}

/** Throws VOEventError VOE3_FIELD for what is no list. */
export function checkedList(field: WireField, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(field.place, value, 'a list')
  return value as readonly unknown[]
}

/** Throws VOEventError VOE3_FIELD where the field must be there. */
export function checkAbsent(field: WireField): void {
  if ('often' in field && field.often === 'once') throw new VOEventError('VOE3_FIELD', `${field.place} is missing.`)
}

const wrong = (place: string, value: unknown, wanted: string) =>
  new VOEventError('VOE3_FIELD', `${place} is ${String(value).slice(0, 40)}, not ${wanted}.`)
