/**
 * The rules of the draft of 3 that its XSD does not hold, by the types of the model: identifiers, times, links, UCDs and
 * units, numbers, unique names, and ParamSets that are what their ids say. Each breach is a warning.
 */
import { checkTarget, checkTexts } from './check-links.ts'
import { checkVOUnit } from './check-vounit.ts'
import { isIsoTime } from './iso-time.ts'
import { IvoidError, key, parseIvoid, requireEventIvoid } from './ivoid.ts'
import { isOutsideSphere } from './outside-sphere.ts'
import { attribute, children, family, shown, type Warn } from './rule.ts'
import { checkUcd } from './ucd.ts'
import { type Issue, issue, type ValidationCode } from './validation-codes.ts'
import { definitionClass, type WireField } from './voevent-3/wire-field.ts'
import { attributesOf, elementsOf } from './voevent-3/xml-form.ts'
import { readXml3Tree } from './voevent-3/xml-read.ts'
import { VOEventError } from './voevent-error.ts'
import { lineFinder } from './xml/line-finder.ts'
import type { XmlElement } from './xml/parse-xml.ts'
import { parseFloatText, pathTo } from './xml/reading.ts'

const mostIssues = 200

/** Warnings for a document of the draft by its tree, in the order of its lines. */
export function checkRules3(root: XmlElement, text: string): Issue[] {
  const issues: Issue[] = []
  const lineAt = lineFinder(text)
  const warn: Warn = (code, element, detail, name) => {
    if (issues.length >= mostIssues) return
    const path = pathTo(root, element) + (name === undefined ? '' : `/@${name}`)
    issues.push({ ...issue(code, path, lineAt(element.at), detail), severity: 'warning' })
  }
  new Rules3(root, warn).check()
  try {
    for (const each of readXml3Tree(root, text, 'lenient').oddities) {
      if (each.code === 'VOE3_VALUE') issues.push({ ...each, severity: 'warning' })
    }
  } catch (error) {
    if (!(error instanceof VOEventError)) throw error
    // What else keeps it from being read is the schema's to say.
    if (error.code.startsWith('VOE3_')) {
      const [, detail = error.detail, path = ''] = /^(.*) at (\/VOEvent\S*)$/s.exec(error.detail) ?? []
      issues.push({ ...issue(error.code, path, error.line, detail), severity: 'warning' })
    }
  }
  return issues.slice(0, mostIssues).sort((a, b) => a.line - b.line)
}

/** Classes whose times are in the scale of a coordinate system; others are in UTC and may say so by a Z. */
const zoneless = /^(?:Time|TimeInterval)\./
/** Classes that name an event and not a stream or a person. */
const eventIvoids = /^(?:VOEvent|EventIvoid)\./
const unitFields = /\.(?:unit|fluxUnit)$/
/** Position2D and Position3D have units for several axes, Time has one of its own. */
const unitClasses = /^(?:ParamDefinition|CoordinateAttributes|TimeSeries)\./

/** Lists whose items have names of their own. */
const uniquelyNamed = new Set(['groups', 'tables', 'timeSeries', 'attachments', 'bands'])

class Rules3 {
  readonly #root: XmlElement
  readonly #warn: Warn
  /** The types of a set's definitions, by its id. */
  readonly #types = new Map<string, readonly (string | undefined)[]>()
  /** A document says the same words over and over: each is judged once. */
  readonly #judged = new Set<string>()
  constructor(root: XmlElement, warn: Warn) {
    this.#root = root
    this.#warn = warn
  }

  check(): void {
    for (const element of family(this.#root)) checkTexts(element, this.#warn)
    for (const set of children(this.#root, 'paramSets')) {
      const definitions = children(set, 'params')
      this.#names(definitions, 'needed')
      for (const each of definitions) this.#class(definitionClass, each)
      const types = definitions.map((each) => attribute(each, 'dataType'))
      this.#types.set(attribute(set, 'id') ?? '', types)
    }
    this.#class('VOEvent', this.#root)
    const own = attribute(this.#root, 'ivoid')
    for (const event of children(this.#root, 'citations').flatMap((each) => children(each, 'events'))) {
      if (attribute(event, 'cite') === undefined) this.#warn('VOE_CITE_MISSING', event, '')
      const cited = attribute(event, 'ivoid')
      if (own !== undefined && cited !== undefined && key(own) === key(cited)) this.#warn('VOE_CITES_ITSELF', event, '')
    }
  }

  #class(className: string, element: XmlElement): void {
    for (const field of attributesOf(className)) {
      const text = attribute(element, field.name)
      if (text !== undefined) this.#scalar(field, text, element, field.name)
    }
    for (const field of elementsOf(className)) {
      const parts = children(element, field.name)
      if (field.form === 'paramList') for (const list of parts) this.#cells(list, attribute(list, 'set'))
      else if (field.form === 'rows') for (const row of parts) this.#cells(row, attribute(element, field.columns))
      else if (field.form === 'class') {
        if (uniquelyNamed.has(field.name)) this.#names(parts, 'optional')
        for (const part of parts) this.#class(field.base, part)
      } else for (const part of parts) this.#scalar(field, part.text, part)
    }
    if (className === 'Position2D') this.#position(element)
  }

  #scalar(field: WireField, text: string, element: XmlElement, name?: string): void {
    if (field.form !== 'scalar') return
    const { base, place, definition } = field
    if (base === 'ivoid') this.#ivoid(place, text, element, name)
    else if (base === 'uri') checkTarget(element, text.trim(), this.#warn, name)
    else if (base === 'isoTime') {
      const bare = zoneless.test(place) ? text : text.replace(/Z$/, '')
      if (!isIsoTime(bare)) this.#warn('VOE_TIME', element, shown(text), name)
    } else if (base === 'text' && place.endsWith('.ucd')) this.#words(element, name, text, checkUcd)
    else if (unitFields.test(place) && unitClasses.test(place)) this.#words(element, name, text, checkVOUnit)
    else if (place === 'Why.importance' || definition.ucd?.startsWith('stat.probability')) {
      const value = parseFloatText(text)
      const code = place === 'Why.importance' ? 'VOE_IMPORTANCE' : 'VOE_PROBABILITY'
      if (value !== undefined && !(value >= 0 && value <= 1)) this.#warn(code, element, `It is ${value}.`, name)
    }
  }

  #ivoid(place: string, text: string, element: XmlElement, name: string | undefined): void {
    try {
      if (eventIvoids.test(place)) requireEventIvoid(text)
      else parseIvoid(text)
    } catch (error) {
      if (!(error instanceof IvoidError)) throw error
      this.#warn(error.code, element, error.message, name)
    }
  }

  #words(
    element: XmlElement,
    name: string | undefined,
    text: string,
    check: (text: string) => readonly { readonly code: ValidationCode; readonly detail: string }[],
  ): void {
    const judged = `${check === checkUcd} ${text}`
    if (this.#judged.has(judged) || this.#judged.size >= mostIssues) return
    this.#judged.add(judged)
    for (const { code, detail } of check(text)) this.#warn(code, element, detail, name)
  }

  /** Names are unique in their list. */
  #names(elements: readonly XmlElement[], needed: 'needed' | 'optional'): void {
    const seen = new Set<string>()
    for (const element of elements) {
      const name = attribute(element, 'name')
      if (name === undefined || name === '') {
        if (needed === 'needed') this.#warn('VOE_NAME_MISSING', element, '')
      } else if (seen.has(name)) this.#warn('VOE_NAME_REPEATED', element, shown(name), 'name')
      else seen.add(name)
    }
  }

  #cells(list: XmlElement, set: string | undefined): void {
    const types = this.#types.get(set ?? '') ?? []
    for (const [i, cell] of children(list, 'v').entries()) {
      const type = types[i]
      const nil = attribute(cell, 'nil')?.trim()
      if (nil === 'true' || nil === '1') continue
      const good =
        type === 'int'
          ? /^[+-]?[0-9]+$/.test(cell.text)
          : type === 'boolean'
            ? cell.text === 'true' || cell.text === 'false'
            : type !== 'float' || parseFloatText(cell.text) !== undefined
      if (!good) this.#warn('VOE_NUMBER', cell, `${shown(cell.text)} is declared ${type}.`)
    }
  }

  #position(element: XmlElement): void {
    const [c1, c2] = [parseFloatText(attribute(element, 'c1') ?? ''), parseFloatText(attribute(element, 'c2') ?? '')]
    if (c1 === undefined || c2 === undefined) return
    const outside = isOutsideSphere(c1, c2, attribute(element, 'unit') ?? 'deg')
    if (!Number.isFinite(c1) || !Number.isFinite(c2) || outside) this.#warn('VOE_POSITION', element, `${c1}, ${c2}`)
  }
}
