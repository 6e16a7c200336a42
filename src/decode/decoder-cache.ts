/** Keeps what is expensive to make: parsed schemas by their text, decoders by schema and wanted fields. */
import { createHash } from 'node:crypto'
import { compileDecoder, type Decoder, type FieldPaths, parseWriterSchema, type WriterSchema } from './decoder.ts'

export interface DecoderCache {
  /** Like `parseWriterSchema`: a container brings the same text in every message. */
  schema(text: string): WriterSchema
  /** Like `compileDecoder`. A set that is given twice must not change in between. */
  decoder(schema: WriterSchema, wanted: FieldPaths): Decoder
  /** How many decoders are alive. */
  readonly size: number
}

/** The least recently used one goes when `limit` (of each) is passed. */
export function decoderCache(limit = 256): DecoderCache {
  const schemas = new Recent<WriterSchema>(limit)
  const decoders = new Recent<Decoder>(limit)
  const keys = new WeakMap<ReadonlySet<string>, string>()
  const keyOf = (wanted: FieldPaths): string => {
    if (wanted === 'all') return 'all'
    let key = keys.get(wanted)
    if (key === undefined) {
      key = createHash('sha256')
        .update([...wanted].sort().join('\n'))
        .digest('hex')
      keys.set(wanted, key)
    }
    return key
  }
  return {
    schema(text) {
      const hash = createHash('sha256').update(text).digest('hex')
      return schemas.get(hash, () => parseWriterSchema(text))
    },
    decoder(schema, wanted) {
      return decoders.get(`${schema.hash} ${keyOf(wanted)}`, () => compileDecoder(schema, wanted))
    },
    get size() {
      return decoders.size
    },
  }
}

/** A map in the order of use. */
class Recent<T> {
  private readonly items = new Map<string, T>()
  private readonly limit: number
  constructor(limit: number) {
    this.limit = limit
  }
  get size(): number {
    return this.items.size
  }
  get(key: string, make: () => T): T {
    const known = this.items.get(key)
    if (known !== undefined) {
      this.items.delete(key)
      this.items.set(key, known)
      return known
    }
    const made = make()
    this.items.set(key, made)
    if (this.items.size > this.limit) this.items.delete(this.items.keys().next().value!)
    return made
  }
}
