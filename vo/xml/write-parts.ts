/**
 * Pieces that every part of a packet writes: attributes, text elements, References, Params.
 *
 * Writing is concatenation of strings: each function returns the XML of its part, or '' where there is nothing to
 * say. What a Param means is the same object for every packet of a stream, so its XML is kept with it.
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

const written = new WeakMap<ParamDefinition, string>()

/** ` name="…" ucd="…" unit="…" dataType="…" utype="…"`: what a definition says in attributes. */
export function definitionAttributes(definition: ParamDefinition): string {
  let xml = written.get(definition)
  if (xml === undefined) {
    xml =
      (definition.name === '' ? '' : attribute('name', definition.name)) +
      attribute('ucd', definition.ucd) +
      attribute('unit', definition.unit) +
      ` dataType="${definition.dataType}"` +
      attribute('utype', definition.utype)
    written.set(definition, xml)
  }
  return xml
}

export function param(indent: string, { definition, value, references }: Param): string {
  let xml = `${indent}<Param${definitionAttributes(definition)}`
  // The hot path: most Params of a packet are finite numbers without more to say.
  if (typeof value === 'number' && Number.isFinite(value) && value !== 0) xml += ` value="${value}"`
  else xml += attribute('value', valueText(value))
  if (definition.description === undefined && references === undefined) return `${xml}/>\n`
  const inner = `${indent}  `
  const children = description(inner, definition.description) + notes(inner, { references: references ?? [] })
  return children === '' ? `${xml}/>\n` : `${xml}>\n${children}${indent}</Param>\n`
}
