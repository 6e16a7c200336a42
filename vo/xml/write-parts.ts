/**
 * Pieces that every part of a packet writes: attributes, text elements, References, Params.
 *
 * Writing is concatenation of strings: each function returns the XML of its part, or '' where there is nothing to
 * say.
 */
import type { Param, ParamDefinition, Reference, Value } from '../model/voevent.ts'
import { escapeAttribute, escapeText } from './escape.ts'

/** ` name="value"`, or nothing for an absent value. */
export function attribute(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${name}="${escapeAttribute(value)}"`
}

/** A line with one text element; nothing for an absent value. */
export function textElement(indent: string, name: string, value: string | undefined): string {
  return value === undefined ? '' : `${indent}<${name}>${escapeText(value)}</${name}>\n`
}

/** An empty Description says nothing and is left out. */
export function description(indent: string, text: string | undefined): string {
  return text === '' ? '' : textElement(indent, 'Description', text)
}

export function notes(
  indent: string,
  part: { readonly descriptions?: readonly string[]; readonly references?: readonly Reference[] },
): string {
  let xml = ''
  if (part.descriptions) for (const text of part.descriptions) xml += description(indent, text)
  if (part.references) for (const each of part.references) xml += reference(indent, each)
  return xml
}

export function reference(indent: string, { uri, type, mimetype, meaning }: Reference): string {
  const more = attribute('type', type) + attribute('mimetype', mimetype) + attribute('meaning', meaning)
  return `${indent}<Reference uri="${escapeAttribute(uri)}"${more}/>\n`
}

/**
 * A value as text: numbers in the shortest form that reads back to the same number, int64 in decimal,
 * infinities as xs:float has them. `undefined` for what is known to be absent (null, NaN).
 */
export function valueText(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return Number.isNaN(value) ? undefined : numberText(value)
    case 'bigint':
      return value.toString()
    case 'boolean':
      return value ? 'true' : 'false'
    default:
      return undefined
  }
}

/** A number in the words of xs:float. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF'
}

/** ` name="…" ucd="…" unit="…" dataType="…" utype="…"`: what a definition says in attributes. */
export function definitionAttributes(definition: ParamDefinition): string {
  return (
    (definition.name === '' ? '' : attribute('name', definition.name)) +
    attribute('ucd', definition.ucd) +
    attribute('unit', definition.unit) +
    attribute('dataType', definition.dataType) +
    attribute('utype', definition.utype)
  )
}

/** V8 keeps what was concatenated as a tree of its parts, and would walk the tree again for each packet. */
const inOnePiece = (text: string) => Buffer.from(text).toString()

/** The XML of a Param around what changes from packet to packet. */
interface ParamTemplate {
  /** To the quote that opens the value. */
  readonly opening: string
  /** From the quote that closes it, where there are no References. */
  readonly closing: string
  /** What came after it first, and what stands between the two values: a stream has its Params in one order. */
  next: ParamTemplate | undefined
  between: string
}

/**
 * A writer of Params at an indent. A definition that comes again, as those of a stream do in every packet, is written
 * once more and kept with its object, which must not change. One that comes once, of a packet that was read, is not.
 */
export function paramsWriter(indent: string): (params: readonly Param[]) => string {
  const inner = `${indent}  `
  const end = `${indent}</Param>\n`
  /** Null for a definition that came once. */
  const templates = new WeakMap<ParamDefinition, ParamTemplate | null>()

  const templateOf = (definition: ParamDefinition): ParamTemplate | undefined => {
    const known = templates.get(definition)
    if (known) return known
    if (known === undefined) {
      templates.set(definition, null)
      return undefined
    }
    const child = description(inner, definition.description)
    const opening = inOnePiece(`${indent}<Param${definitionAttributes(definition)} value="`)
    const closing = inOnePiece(child === '' ? '"/>\n' : `">\n${child}${end}`)
    const template = { opening, closing, next: undefined, between: '' }
    templates.set(definition, template)
    return template
  }

  const between = (one: ParamTemplate, next: ParamTemplate): string => {
    if (one.next !== undefined) return one.closing + next.opening
    one.next = next
    one.between = inOnePiece(one.closing + next.opening)
    return one.between
  }

  /** A Param without a value, with References, or of a definition that is new. */
  const other = ({ definition, references = [] }: Param, text: string | undefined): string => {
    const children = description(inner, definition.description) + notes(inner, { references })
    const start = `${indent}<Param${definitionAttributes(definition)}${attribute('value', text)}`
    return children === '' ? `${start}/>\n` : `${start}>\n${children}${end}`
  }

  return (params) => {
    let xml = ''
    let open: ParamTemplate | undefined
    for (const param of params) {
      const { definition, value, references } = param
      const text = valueText(value)
      const template = text === undefined || references !== undefined ? undefined : templateOf(definition)
      if (template === undefined) {
        if (open !== undefined) xml += open.closing
        xml += other(param, text)
        open = undefined
        continue
      }
      if (open === undefined) xml += template.opening
      else xml += open.next === template ? open.between : between(open, template)
      // Only text has anything to escape.
      xml += typeof value === 'string' ? escapeAttribute(value) : text
      open = template
    }
    return open === undefined ? xml : xml + open.closing
  }
}
