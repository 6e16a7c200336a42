/** Pieces that several parts of a packet hold: descriptions, References, Params. */
import type { DataType, Param, ParamDefinition, Reference } from '../model/voevent.ts'
import type { XmlElement } from './parse-xml.ts'
import type { Reading, Shape, Taken } from './reading.ts'
import { trimSpace } from './white-space.ts'

/** The properties that are there: the model knows absent ones, not undefined ones. */
export function present<T extends object>(properties: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept: Partial<T> = {}
  // Copied: an object that a property was deleted from is slow from then on.
  for (const name in properties) if (properties[name] !== undefined) kept[name] = properties[name]
  return kept as { [K in keyof T]: Exclude<T[K], undefined> }
}

/** Descriptions that say something; text that strayed in is one too. */
export function descriptions(reading: Reading, taken: Taken): string[] {
  const texts: string[] = []
  for (const each of taken.many('Description')) {
    const text = reading.text(each)!
    if (text !== '') texts.push(text)
  }
  if (taken.stray !== undefined) texts.push(taken.stray)
  return texts
}

export function references(reading: Reading, taken: Taken): Reference[] {
  const links: Reference[] = []
  for (const each of taken.many('Reference')) {
    const link = reference(reading, each)
    if (link) links.push(link)
  }
  return links
}

/** The same, absent when empty: for the parts of the model where they are optional. */
export function optionalNotes(
  reading: Reading,
  taken: Taken,
): { descriptions?: readonly string[]; references?: readonly Reference[] } {
  const texts = descriptions(reading, taken)
  const links = references(reading, taken)
  return { ...(texts.length > 0 ? { descriptions: texts } : {}), ...(links.length > 0 ? { references: links } : {}) }
}

/** One description where the schema lets several stand: they are put together, a line each. */
export function oneDescription(reading: Reading, taken: Taken): string | undefined {
  let joined: string | undefined
  for (const each of taken.many('Description')) {
    const text = reading.text(each)!
    if (text !== '') joined = joined === undefined ? text : `${joined}\n${text}`
  }
  return taken.stray === undefined ? joined : joined === undefined ? taken.stray : `${joined}\n${taken.stray}`
}

/** What has white space around it of which its type knows nothing: a URI, a time, an id. */
export const trimmed = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : trimSpace(text)

export function reference(reading: Reading, element: XmlElement | undefined): Reference | undefined {
  if (!element) return undefined
  const taken = reading.take(element, { attributes: ['uri', 'type', 'mimetype', 'meaning'] })
  reading.empty(element)
  const uri = trimmed(taken.attribute('uri'))
  if (uri === undefined) {
    reading.odd('VOE_MISSING', element, 'A Reference needs a uri.')
    return undefined
  }
  return present({
    uri,
    type: taken.attribute('type'),
    mimetype: taken.attribute('mimetype'),
    meaning: trimmed(taken.attribute('meaning')),
  }) as Reference
}

/** What a Param or Field means. */
export function definition(reading: Reading, element: XmlElement, taken: Taken): ParamDefinition {
  const said: { -readonly [K in keyof ParamDefinition]: ParamDefinition[K] } = {
    name: taken.attribute('name') ?? '',
    dataType: dataType(reading, element, taken.attribute('dataType')),
  }
  const unit = taken.attribute('unit')
  if (unit !== undefined) said.unit = unit
  const ucd = taken.attribute('ucd')
  if (ucd !== undefined) said.ucd = ucd
  const utype = taken.attribute('utype')
  if (utype !== undefined) said.utype = utype
  const description = oneDescription(reading, taken)
  if (description !== undefined) said.description = description
  return said
}

function dataType(reading: Reading, element: XmlElement, text: string | undefined): DataType {
  if (text === 'int' || text === 'float') return text
  if (text !== undefined && text !== 'string') reading.odd('VOE_DATA_TYPE', element, JSON.stringify(text.slice(0, 80)))
  return 'string'
}

const paramShape: Shape = {
  attributes: ['name', 'ucd', 'value', 'unit', 'dataType', 'utype'],
  children: { Description: 'many', Reference: 'many', Value: 'first' },
}

/** The value is the attribute; without one, the Value element (VOEvent 2.0 §3.3.1). */
export function param(reading: Reading, element: XmlElement): Param {
  const taken = reading.take(element, paramShape)
  const links = references(reading, taken)
  const attribute = taken.attribute('value')
  const child = taken.first('Value')
  if (attribute !== undefined && child) reading.odd('VOE_NOT_KEPT', child, 'The value attribute counts.')
  const value = attribute ?? reading.text(child) ?? null
  const meaning = definition(reading, element, taken)
  return links.length > 0 ? { definition: meaning, value, references: links } : { definition: meaning, value }
}
