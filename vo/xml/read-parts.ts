/** Pieces that several parts of a packet hold: descriptions, References, Params. */
import type { DataType, Param, ParamDefinition, Reference } from '../model/voevent.ts'
import type { XmlElement } from './parse-xml.ts'
import type { Reading, Taken } from './reading.ts'

/** The properties that are there: the model knows absent ones, not undefined ones. */
export function present<T extends object>(properties: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  for (const name of Object.keys(properties) as (keyof T)[]) if (properties[name] === undefined) delete properties[name]
  return properties as { [K in keyof T]: Exclude<T[K], undefined> }
}

/** Descriptions that say something; text that strayed in is one too. */
export function descriptions(reading: Reading, taken: Taken): string[] {
  const texts = taken.many('Description').map((each) => reading.text(each)!)
  if (taken.stray !== undefined) texts.push(taken.stray)
  return texts.filter((text) => text !== '')
}

export function references(reading: Reading, taken: Taken): Reference[] {
  return taken.many('Reference').flatMap((each) => reference(reading, each) ?? [])
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
  const texts = descriptions(reading, taken)
  return texts.length === 0 ? undefined : texts.join('\n')
}

export function reference(reading: Reading, element: XmlElement | undefined): Reference | undefined {
  if (!element) return undefined
  const taken = reading.take(element, { attributes: ['uri', 'type', 'mimetype', 'meaning'] })
  const uri = taken.attribute('uri')?.trim()
  if (uri === undefined) {
    reading.odd('VOE_MISSING', element, 'A Reference needs a uri.')
    return undefined
  }
  return present({
    uri,
    type: taken.attribute('type'),
    mimetype: taken.attribute('mimetype'),
    meaning: taken.attribute('meaning')?.trim(),
  }) as Reference
}

/** What a Param or Field means. */
export function definition(reading: Reading, element: XmlElement, taken: Taken): ParamDefinition {
  return present({
    name: taken.attribute('name') ?? '',
    dataType: dataType(reading, element, taken.attribute('dataType')),
    unit: taken.attribute('unit'),
    ucd: taken.attribute('ucd'),
    utype: taken.attribute('utype'),
    description: oneDescription(reading, taken),
  }) as ParamDefinition
}

function dataType(reading: Reading, element: XmlElement, text: string | undefined): DataType {
  if (text === 'int' || text === 'float') return text
  if (text !== undefined && text !== 'string') reading.odd('VOE_DATA_TYPE', element, JSON.stringify(text.slice(0, 80)))
  return 'string'
}

/** The value is the attribute; without one, the Value element (VOEvent 2.0 §3.3.1). */
export function param(reading: Reading, element: XmlElement): Param {
  const taken = reading.take(element, {
    attributes: ['name', 'ucd', 'value', 'unit', 'dataType', 'utype'],
    children: { Description: 'many', Reference: 'many', Value: 'first' },
  })
  const links = references(reading, taken)
  const attribute = taken.attribute('value')
  const child = taken.first('Value')
  if (attribute !== undefined && child) reading.odd('VOE_NOT_KEPT', child, 'The value attribute counts.')
  return {
    definition: definition(reading, element, taken),
    value: attribute ?? reading.text(child) ?? null,
    ...(links.length > 0 ? { references: links } : {}),
  }
}
