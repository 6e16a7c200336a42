/**
 * Jumps over neighbouring fields in one loop: most of a packet is fields that nobody asked for, and most of these are
 * numbers of a fixed size that may be null.
 */
import type { AvroType } from './avro-type.ts'
import type { Cursor } from './cursor.ts'

export type Skip = (cursor: Cursor) => void

type Step =
  /** So many bytes, whatever they hold. */
  | { readonly kind: 'jump'; size: number }
  /** Unions of null and a type of fixed size; `most` is what they take when none is null. */
  | { readonly kind: 'nullables'; readonly sizes: number[]; readonly nullBytes: number[]; most: number }
  | { readonly kind: 'varint' }
  | { readonly kind: 'other'; readonly skip: Skip }

/** One step over values of these types; `skipOf` serves what is not known here. */
export function skipProgram(types: readonly AvroType[], skipOf: (type: AvroType) => Skip): Skip {
  const steps: Step[] = []
  for (const type of types) {
    const size = fixedSize(type)
    const nullable = nullableOf(type)
    const innerSize = nullable && fixedSize(nullable.inner)
    const last = steps.at(-1)
    if (size === 0) continue
    if (size !== undefined) {
      if (last?.kind === 'jump') last.size += size
      else steps.push({ kind: 'jump', size })
    } else if (nullable !== undefined && innerSize !== undefined) {
      const run: Extract<Step, { kind: 'nullables' }> =
        last?.kind === 'nullables' ? last : { kind: 'nullables', sizes: [], nullBytes: [], most: 0 }
      if (run !== last) steps.push(run)
      run.sizes.push(innerSize)
      run.nullBytes.push(nullable.nullByte)
      run.most += 1 + innerSize
    } else if (type.kind === 'int' || type.kind === 'long') steps.push({ kind: 'varint' })
    else steps.push({ kind: 'other', skip: skipOf(type) })
  }
  const skips = steps.map(skipOfStep)
  const [first, second] = skips
  if (first === undefined) return () => {}
  if (second === undefined) return first
  const count = skips.length
  return (cursor) => {
    for (let index = 0; index < count; index++) skips[index]!(cursor)
  }
}

function skipOfStep(step: Step): Skip {
  switch (step.kind) {
    case 'jump': {
      const { size } = step
      return (cursor) => void cursor.take(size)
    }
    case 'varint':
      return (cursor) => cursor.skipVarint()
    case 'nullables':
      return skipNullables(Uint32Array.from(step.sizes), Uint8Array.from(step.nullBytes), step.most)
    case 'other':
      return step.skip
  }
}

function skipNullables(sizes: Uint32Array, nullBytes: Uint8Array, most: number): Skip {
  const count = sizes.length
  return (cursor) => {
    const { bytes } = cursor
    let index = 0
    // With room for all of them nothing needs to be checked but the bytes that say which.
    if (cursor.end - cursor.pos >= most) {
      let pos = cursor.pos
      for (; index < count; index++) {
        const branch = bytes[pos]!
        if (branch === nullBytes[index]) pos++
        else if (branch === 2 - nullBytes[index]!) pos += 1 + sizes[index]!
        else break
      }
      cursor.pos = pos
    }
    for (; index < count; index++) {
      const isNull = cursor.index(2, 'branch') * 2 === nullBytes[index]
      if (!isNull) cursor.take(sizes[index]!)
    }
  }
}

/** A union of null and one other type: which, and the byte that says null (0 or 2, an index in zig-zag). */
export function nullableOf(type: AvroType): { readonly inner: AvroType; readonly nullByte: 0 | 2 } | undefined {
  if (type.kind !== 'union' || type.branches.length !== 2) return undefined
  const [first, second] = type.branches
  if (first!.kind === 'null') return { inner: second!, nullByte: 0 }
  if (second!.kind === 'null') return { inner: first!, nullByte: 2 }
  return undefined
}

/** Bytes of every value of the type, where they are all as many. */
export function fixedSize(type: AvroType): number | undefined {
  switch (type.kind) {
    case 'null':
      return 0
    case 'boolean':
      return 1
    case 'float':
      return 4
    case 'double':
      return 8
    case 'fixed':
      return type.size
    default:
      return undefined
  }
}
