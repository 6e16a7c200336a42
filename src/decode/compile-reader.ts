/**
 * Turns a type and the wanted part of it into closures: one that reads what is wanted, one that jumps over the rest.
 * Nothing of the schema's text is ever made into code.
 */
import type { AvroRecord, AvroValue } from '../flow.ts'
import type { AvroType, RecordType } from './avro-type.ts'
import type { Cursor } from './cursor.ts'
import { fixedSize, nullableOf, type Skip, skipProgram } from './skip-program.ts'
import { arrayReader, copyOf, mapReader, nullableReader, type Read, readText, unionReader } from './value-readers.ts'

/** The wanted fields as a tree: everything below, or the named parts. */
export type Wanted = 'all' | ReadonlyMap<string, Wanted>

const everything: Wanted = 'all'

/** Dotted names as a tree; a name that stands for a record wants all of it. */
export function wantedTree(paths: ReadonlySet<string> | 'all'): Wanted {
  if (paths === 'all') return everything
  const root = new Map<string, Wanted>()
  for (const path of paths) {
    const parts = path.split('.')
    const last = parts.pop()!
    let node: Map<string, Wanted> | 'all' = root
    for (const part of parts) {
      const next: Wanted = node.get(part) ?? new Map()
      node.set(part, next)
      if (next === 'all') {
        node = 'all'
        break
      }
      node = next as Map<string, Wanted>
    }
    if (node !== 'all') node.set(last, everything)
  }
  return root
}

export class ReaderCompiler {
  private readonly skips = new Map<AvroType, Skip>()
  private readonly reads = new Map<AvroType, Read>()
  private readonly leasts = new Map<AvroType, number>()

  /** A reader of the wanted part of `type`, or undefined when nothing of it is wanted. */
  read(type: AvroType, wanted: Wanted): Read | undefined {
    if (wanted !== 'all') return this.readPart(type, wanted)
    const known = this.reads.get(type)
    if (known !== undefined) return known
    if (type.kind !== 'record') {
      const read = this.readAll(type)
      this.reads.set(type, read)
      return read
    }
    // A record may hold itself: it is known before its fields are.
    let read: Read | undefined
    this.reads.set(type, (cursor) => read!(cursor))
    read = this.readRecord(type, wanted)!
    this.reads.set(type, read)
    return read
  }

  private readPart(type: AvroType, wanted: Wanted): Read | undefined {
    switch (type.kind) {
      case 'record':
        return this.readRecord(type, wanted)
      case 'array': {
        const item = this.read(type.items, wanted)
        return item && arrayReader(item, this.least(type.items))
      }
      case 'map': {
        const value = this.read(type.values, wanted)
        return value && mapReader(value)
      }
      case 'union': {
        const parts = type.branches.map((branch) => this.read(branch, wanted))
        if (parts.every((part) => part === undefined)) return undefined
        const branches = type.branches.map((branch, index) => parts[index] ?? this.readUnwanted(branch))
        return unionReader(branches)
      }
      default:
        return undefined
    }
  }

  /** A branch that has nothing wanted: null stays null, a record becomes an empty one, any other value is skipped to null. */
  private readUnwanted(type: AvroType): Read {
    const skip = this.skip(type)
    const isRecord = type.kind === 'record'
    return (cursor) => {
      skip(cursor)
      return isRecord ? {} : null
    }
  }

  private readAll(type: Exclude<AvroType, RecordType>): Read {
    switch (type.kind) {
      case 'null':
        return () => null
      case 'boolean':
        return (cursor) => cursor.boolean()
      case 'int':
        return (cursor) => cursor.int()
      case 'long':
        return (cursor) => cursor.long()
      case 'float':
        return (cursor) => cursor.view.getFloat32(cursor.take(4), true)
      case 'double':
        return (cursor) => cursor.view.getFloat64(cursor.take(8), true)
      case 'bytes':
        return (cursor) => copyOf(cursor, cursor.length())
      case 'string':
        return readText
      case 'fixed':
        return (cursor) => copyOf(cursor, type.size)
      case 'enum':
        return (cursor) => type.symbols[cursor.index(type.symbols.length, 'symbol')]!
      case 'array':
        return arrayReader(this.read(type.items, everything)!, this.least(type.items))
      case 'map':
        return mapReader(this.read(type.values, everything)!)
      case 'union':
        return this.readUnion(type)
    }
  }

  private readUnion(type: Extract<AvroType, { kind: 'union' }>): Read {
    const nullable = nullableOf(type)
    if (nullable !== undefined) return nullableReader(this.read(nullable.inner, everything)!, nullable.nullByte)
    return unionReader(type.branches.map((branch) => this.read(branch, everything)!))
  }

  private readRecord(type: RecordType, wanted: Wanted): Read | undefined {
    const steps: ((cursor: Cursor, record: Record<string, AvroValue>) => void)[] = []
    const names: string[] = []
    let skipped: AvroType[] = []
    const flush = () => {
      if (skipped.length === 0) return
      const skip = this.skipAll(skipped)
      steps.push((cursor) => skip(cursor))
      skipped = []
    }
    for (const { name, type: fieldType } of type.fields) {
      const part = wanted === 'all' ? wanted : wanted.get(name)
      const read = part && this.read(fieldType, part)
      if (read === undefined) {
        skipped.push(fieldType)
        continue
      }
      flush()
      names.push(name)
      steps.push((cursor, record) => {
        record[name] = read(cursor)
      })
    }
    if (names.length === 0 && wanted !== 'all') return undefined
    flush()
    const count = steps.length
    // A copy of an object that has all the fields is quicker to fill, and to read, than one that grows.
    const empty = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`) as AvroRecord
    return (cursor) => {
      cursor.enterRecord()
      const record: Record<string, AvroValue> = { ...empty }
      for (let index = 0; index < count; index++) steps[index]!(cursor, record)
      cursor.leaveRecord()
      return record
    }
  }

  /** Reads the wanted part of the top record; with nothing wanted it still walks to the end. */
  readTop(type: AvroType, wanted: Wanted): (cursor: Cursor) => AvroRecord {
    const read = this.read(type, wanted)
    if (read !== undefined) return read as (cursor: Cursor) => AvroRecord
    const skip = this.skip(type)
    return (cursor) => {
      skip(cursor)
      return {}
    }
  }

  private skip(type: AvroType): Skip {
    const known = this.skips.get(type)
    if (known !== undefined) return known
    let skip: Skip | undefined
    this.skips.set(type, (cursor) => skip!(cursor))
    skip = this.makeSkip(type)
    this.skips.set(type, skip)
    return skip
  }

  private makeSkip(type: AvroType): Skip {
    switch (type.kind) {
      case 'bytes':
      case 'string':
        return (cursor) => void cursor.take(cursor.length())
      case 'enum':
        return (cursor) => void cursor.index(type.symbols.length, 'symbol')
      case 'array':
        return blockSkip(this.skip(type.items), this.least(type.items))
      case 'map': {
        const skipValue = this.skip(type.values)
        const skipEntry: Skip = (cursor) => {
          cursor.take(cursor.length())
          skipValue(cursor)
        }
        return blockSkip(skipEntry, 1)
      }
      case 'union': {
        const branches = type.branches.map((branch) => this.skip(branch))
        return (cursor) => branches[cursor.index(branches.length, 'branch')]!(cursor)
      }
      case 'record': {
        const skip = this.skipAll(type.fields.map((field) => field.type))
        return (cursor) => {
          cursor.enterRecord()
          skip(cursor)
          cursor.leaveRecord()
        }
      }
      default:
        return this.skipAll([type])
    }
  }

  private skipAll(types: readonly AvroType[]): Skip {
    return skipProgram(types, (type) => this.skip(type))
  }

  /** The least bytes that a value takes: bounds how many items a block can hold. A record within itself counts 0. */
  private least(type: AvroType): number {
    const known = this.leasts.get(type)
    if (known !== undefined) return known
    this.leasts.set(type, 0)
    const least = this.leastOf(type)
    this.leasts.set(type, least)
    return least
  }

  private leastOf(type: AvroType): number {
    const size = fixedSize(type)
    if (size !== undefined) return size
    if (type.kind === 'record') return type.fields.reduce((sum, field) => sum + this.least(field.type), 0)
    if (type.kind === 'union' && type.branches.length > 0) {
      return 1 + Math.min(...type.branches.map((branch) => this.least(branch)))
    }
    return 1
  }
}

function blockSkip(skipItem: Skip, least: number): Skip {
  return (cursor) => {
    for (let count = cursor.blockCount(least); count > 0; count = cursor.blockCount(least)) {
      if (cursor.blockSize >= 0) cursor.take(cursor.blockSize)
      else for (let left = count; left > 0; left--) skipItem(cursor)
    }
  }
}
