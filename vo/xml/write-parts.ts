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
    ` dataType="${definition.dataType}"` +
    attribute('utype', definition.utype)
  )
}

/** V8 keeps what was concatenated as a tree of its parts, and would walk the tree again for each packet. */
const inOnePiece = (text: string) => Buffer.from(text).toString()

/** The XML of a Param around what changes from packet to packet. */
interface ParamTemplate {
  /** Before the quote that opens the value. */
  readonly opening: string
  /** After the attributes, where there are no References. */
  readonly closing: string
}

/**
 * A writer of Params at an indent. A definition is written once and kept with its object, which must not change:
 * it is the same for every packet of a stream.
 */
export function paramWriter(indent: string): (param: Param) => string {
  const inner = `${indent}  `
  const end = `${indent}</Param>\n`
  const templates = new WeakMap<ParamDefinition, ParamTemplate>()

  const compile = (definition: ParamDefinition): ParamTemplate => {
    const child = description(inner, definition.description)
    const opening = `${indent}<Param${definitionAttributes(definition)}`
    const closing = child === '' ? '"/>\n' : `">\n${child}${end}`
    const template = { opening: inOnePiece(`${opening} value="`), closing: inOnePiece(closing) }
    templates.set(definition, template)
    return template
  }

  return ({ definition, value, references }) => {
    const { opening, closing } = templates.get(definition) ?? compile(definition)
    // Most values are finite numbers; only text has anything to escape.
    if (references === undefined) {
      if (typeof value === 'number' && value - value === 0 && value !== 0) return `${opening}${value}${closing}`
      const text = valueText(value)
      if (text !== undefined) return opening + (typeof value === 'string' ? escapeAttribute(text) : text) + closing
    }
    const children = description(inner, definition.description) + notes(inner, { references: references ?? [] })
    const start = `${indent}<Param${definitionAttributes(definition)}${attribute('value', valueText(value))}`
    return children === '' ? `${start}/>\n` : `${start}>\n${children}${end}`
  }
}
