/**
 * What a valid document of 2.0 or 2.1 says, as a tree that is the same for all documents that say the same: without
 * prefixes, white space between elements, the order that the schema leaves free, forms of numbers, and what is said by
 * default or by an empty description.
 */

import { decodeText, encodingOf } from '../../vo/xml/encoding.ts'
import { normalizeLineEnds, parseXml, type XmlElement } from '../../vo/xml/parse-xml.ts'
import { type Oddity, parseFloatText } from '../../vo/xml/reading.ts'

export interface Meaning {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Meaning[]
  readonly text: string
}

const numbers = new Set(['C1', 'C2', 'C3', 'Error2Radius', 'Error'])
const tokens = new Set(['Date', 'ISOTime', 'TimeOffset', 'TimeScale', 'ISOTimeStart', 'ISOTimeStop'])
const trimmed = new Set(['AuthorIVORN', 'logoURL', 'EventIVORN'])
// biome-ignore format: a list of names
const texts = new Set([
  'title', 'shortName', 'contactName', 'contactEmail', 'contactPhone', 'contributor', 'Contributor', 'Description', 'Value', 'TD',
  'Name', 'Concept', 'Name1', 'Name2', 'Name3', 'PositionName', 'ReferencePosition', 'SpaceRefFrame', 'CoordFlavor',
])
const trimmedAttributes = new Set(['uri', 'meaning', 'ivorn', 'altIdentifier', 'expires'])
const idOwners = new Set(['WhereWhen', 'AstroCoordSystem', 'TimeFrame', 'SpaceFrame'])
/** Without XML's own white space around it, and no other. */
const bare = (text: string) => text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, '')
/** Elements that say nothing when they are empty. */
const nothingWhenEmpty = new Set(['How', 'TimeInstant', 'Error2', 'Error3'])

/** `oddities`: those of reading the document; what they name is left out. */
export function meaningOf(document: Uint8Array, oddities: readonly Oddity[] = []): Meaning {
  const root = parseXml(normalizeLineEnds(decodeText(document, encodingOf(document))))
  const named = (code: string) =>
    new Set(oddities.filter((each) => each.code === code).map(({ path }) => elementAt(root, path)))
  const systems = new Set(systemsOf(root))
  return meaning(root, { left: named('VOE_NOT_KEPT'), disagreeing: named('VOE_COORD_SYSTEM'), systems })
}

function systemsOf({ local, attributes, children }: XmlElement): string[] {
  const name = local === 'AstroCoordSystem' ? 'id' : local === 'AstroCoords' ? 'coord_system_id' : ''
  return [...attributes.filter((each) => each.local === name).map(({ value }) => value), ...children.flatMap(systemsOf)]
}

/** `/VOEvent/What/Param[3]` */
function elementAt(root: XmlElement, path: string): XmlElement {
  let element = root
  for (const step of path.split('/').slice(2)) {
    const [, local, position = '1'] = /^([^[]+)(?:\[(\d+)\])?$/.exec(step)!
    element = element.children.filter((child) => child.local === local)[Number(position) - 1]!
  }
  return element
}

interface Excused {
  readonly left: ReadonlySet<XmlElement>
  /** AstroCoords that name another system than the one beside them. */
  readonly disagreeing: ReadonlySet<XmlElement>
  /** Every name of a system in the document: an id of 2.1 may be one of them with a number, to be unique. */
  readonly systems: ReadonlySet<string>
}

function meaning(element: XmlElement, excused: Excused): Meaning {
  const name = element.local === 'contributor' ? 'Contributor' : element.local
  const attributes = attributesOf(element)
  let children = element.children.filter((each) => !excused.left.has(each)).map((each) => meaning(each, excused))
  if (name === 'ObservatoryLocation' || name === 'ObservationLocation') {
    const coords = element.children.find(({ local }) => local === 'AstroCoords')
    children = withoutNames(
      attributes,
      children,
      coords !== undefined && excused.disagreeing.has(coords),
      excused.systems,
    )
  }
  children = children.filter((each) => !saysNothing(each))
  if (name === 'Param' || name === 'Field') describe(attributes, children)
  if (name === 'Param') children = withValue(attributes, children)
  if (name === 'Table') children = withOneData(children)
  // Sorting is stable: elements of the same name keep their order.
  children.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return { name, attributes: sorted(attributes), children, text: textOf(element) }
}

function attributesOf({ local: owner, attributes }: XmlElement): Record<string, string> {
  const read: Record<string, string> = {}
  for (const { local, namespace, value } of attributes) {
    if (namespace !== undefined || (owner === 'VOEvent' && local === 'version')) continue
    if (local === 'importance' || local === 'probability') read[local] = String(parseFloatText(value))
    else read[local] = trimmedAttributes.has(local) || (local === 'id' && idOwners.has(owner)) ? bare(value) : value
  }
  if (owner === 'VOEvent') read.role ??= 'observation'
  return read
}

function textOf({ local, text }: XmlElement): string {
  if (numbers.has(local)) return String(parseFloatText(text))
  if (tokens.has(local)) return bare(text).replace(/[ \t\n\r]+/g, ' ')
  if (trimmed.has(local)) return bare(text)
  return texts.has(local) ? text : ''
}

function saysNothing({ name, children, text, attributes }: Meaning): boolean {
  if (name === 'Description') return text === ''
  if (name === 'Error2Radius') return text === 'NaN' && Object.keys(attributes).length === 0
  return nothingWhenEmpty.has(name) && children.length === 0
}

/** The system of a place is named by AstroCoordSystem, else by AstroCoords; what then says nothing is left out. */
function withoutNames(
  attributes: Record<string, string>,
  children: readonly Meaning[],
  disagree: boolean,
  systems: ReadonlySet<string>,
): Meaning[] {
  const [system, coords] = ['AstroCoordSystem', 'AstroCoords'].map((name) =>
    children.find((each) => each.name === name),
  )
  const [id, named] = [system?.attributes.id, coords?.attributes.coord_system_id]
  const known = id ?? named
  const [, base] = /^(.+)-[0-9]+$/.exec(known ?? '') ?? []
  if (known !== undefined && known !== '') attributes.system = base !== undefined && systems.has(base) ? base : known
  if (id !== undefined && named !== undefined && id !== named && !disagree) attributes.otherSystem = named
  return children.flatMap((each) => {
    if (each !== system && each !== coords) return [each]
    return each.children.length > 0 ? [{ ...each, attributes: {} }] : []
  })
}

function describe(attributes: Record<string, string>, children: Meaning[]): void {
  attributes.dataType ??= 'string'
  if (attributes.name === '') delete attributes.name
  const said = children.filter(({ name }) => name === 'Description')
  if (said.length < 2) return
  children.splice(0, children.length, ...children.filter(({ name }) => name !== 'Description'), {
    ...said[0]!,
    text: said.map(({ text }) => text).join('\n'),
  })
}

function withValue(attributes: Record<string, string>, children: readonly Meaning[]): Meaning[] {
  const value = children.find(({ name }) => name === 'Value')
  if (value && attributes.value === undefined) attributes.value = value.text
  else if (value) return [...children]
  return children.filter((each) => each !== value)
}

/** Rows that follow each other in two Datas are rows that follow each other. */
function withOneData(children: readonly Meaning[]): Meaning[] {
  const rows = children.filter(({ name }) => name === 'Data').flatMap((data) => data.children)
  const rest = children.filter(({ name }) => name !== 'Data')
  return rows.length === 0 ? rest : [...rest, { name: 'Data', attributes: {}, children: rows, text: '' }]
}

const sorted = (attributes: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
