/** Text as XML gives it back: without the characters that XML 1.0 cannot carry, identifiers and times without white space around them. */
import { classes, type FieldDefinition, fieldType } from '../model/definition.ts'
import type { VOEvent } from '../model/voevent.ts'
import { carriedText } from '../xml/escape.ts'
import { collapseSpace, trimSpace } from '../xml/white-space.ts'
import type { Account } from './account.ts'

/** Identifiers and links are read without white space around them, times without any but single blanks. */
const trimmed: ReadonlySet<string> = new Set(['uri', 'ivoid'])
const collapsed = (name: string, base: string) =>
  base === 'isoTime' || name === 'Time.timeOffset' || name === 'Time.timeScale'

/** The event with every text as it will be read; what changes is noted. */
export function cleanTexts(event: VOEvent, account: Account): VOEvent {
  return partOf('VOEvent', event, '', account)
}

function partOf<T extends object>(className: string, part: T, path: string, account: Account): T {
  let copy: Record<string, unknown> | undefined
  for (const [key, field] of Object.entries(classes[className]!.fields)) {
    const value = (part as Readonly<Record<string, unknown>>)[key]
    if (value === undefined || value === null) continue
    const at = path === '' ? key : `${path}.${key}`
    const clean = fieldOf(`${className}.${key}`, field, value, at, account)
    const isNothing = key === 'description' && clean === ''
    if (clean === value && !isNothing) continue
    copy ??= { ...part } as Record<string, unknown>
    if (isNothing) delete copy[key]
    else copy[key] = clean
  }
  return (copy ?? part) as T
}

function fieldOf(name: string, field: FieldDefinition, value: unknown, path: string, account: Account): unknown {
  const { base, kind } = fieldType(field)
  const one = (item: unknown, at: string): unknown => {
    if (Array.isArray(item)) return listOf(item, at)
    if (kind === 'class') return partOf(base, item as object, at, account)
    if (typeof item !== 'string') return item
    let clean = carriedText(item)
    if (trimmed.has(base)) clean = trimSpace(clean)
    else if (collapsed(name, base)) clean = collapseSpace(clean)
    if (clean !== item)
      account.note('approximated', at, `is ${JSON.stringify(clean.slice(0, 80))}: XML has no such text`)
    return clean
  }
  const listOf = (items: readonly unknown[], at: string): readonly unknown[] => {
    const clean = items.map((item, i) => one(item, `${at}[${i}]`))
    return clean.every((item, i) => item === items[i]) ? items : clean
  }
  const clean = one(value, path)
  // Empty descriptions say nothing and are not written.
  const isSaying = (text: unknown) => text !== ''
  return name.endsWith('.descriptions') && !(clean as readonly unknown[]).every(isSaying)
    ? (clean as readonly unknown[]).filter(isSaying)
    : clean
}
