/** The rules of VOEvent's text that its schema does not hold. Each breach is a warning: `valid` does not ask them. */

import { checkFrames } from './check-frames.ts'
import { checkLinks } from './check-links.ts'
import { checkPeople } from './check-people.ts'
import { checkTimes } from './check-times.ts'
import { checkWords } from './check-words.ts'
import { IvoidError, key, parseIvoid, requireEventIvoid } from './ivoid.ts'
import { isOutsideSphere } from './outside-sphere.ts'
import { at, attribute, children, type Rule, trimmedAttribute, type Warn } from './rule.ts'
import { type Issue, issue } from './validation-codes.ts'
import { lineFinder } from './xml/line-finder.ts'
import type { XmlElement } from './xml/parse-xml.ts'
import { parseFloatText, pathTo } from './xml/reading.ts'
import { trimSpace } from './xml/white-space.ts'

/** What deployed peers take at most in one message. */
const largestForPeersBytes = 99_999
const mostIssues = 200

/** Warnings for a document by its tree, in the order of its lines; `text` is what the tree was read from. */
export function checkRules(root: XmlElement, text: string, documentBytes: number): Issue[] {
  const issues: Issue[] = []
  const lineAt = lineFinder(text)
  const warn: Warn = (code, element, detail, name) => {
    if (issues.length >= mostIssues) return
    const path = pathTo(root, element) + (name === undefined ? '' : `/@${name}`)
    issues.push(issue(code, path, lineAt(element.at), detail))
  }
  if (documentBytes > largestForPeersBytes) warn('VOE_TOO_LARGE_FOR_PEERS', root, `It has ${documentBytes}.`)
  checkIdentifiers(root, warn)
  for (const what of children(root, 'What')) checkWhat(what, warn)
  for (const whereWhen of children(root, 'WhereWhen')) checkWhereWhen(whereWhen, warn)
  for (const why of children(root, 'Why')) checkWhy(why, warn)
  for (const check of more) {
    if (issues.length < mostIssues) check(root, warn)
  }
  return issues.sort((a, b) => a.line - b.line)
}

const more: readonly Rule[] = [checkTimes, checkFrames, checkPeople, checkWords, checkLinks]

function checkIdentifiers(root: XmlElement, warn: Warn): void {
  const ivorn = trimmedAttribute(root, 'ivorn')
  const check = (element: XmlElement, text: string, read: (text: string) => unknown, name?: string) => {
    try {
      read(text)
    } catch (error) {
      if (!(error instanceof IvoidError)) throw error
      warn(error.code, element, error.message, name)
    }
  }
  if (ivorn !== undefined) check(root, ivorn, requireEventIvoid, 'ivorn')
  for (const who of children(root, 'Who')) {
    for (const author of children(who, 'AuthorIVORN')) check(author, trimSpace(author.text), parseIvoid)
  }
  for (const citations of children(root, 'Citations')) {
    for (const event of children(citations, 'EventIVORN')) {
      const cited = trimSpace(event.text)
      check(event, cited, requireEventIvoid)
      if (attribute(event, 'cite') === undefined) warn('VOE_CITE_MISSING', event, '')
      if (ivorn !== undefined && key(cited) === key(ivorn)) warn('VOE_CITES_ITSELF', event, '')
    }
  }
}

function checkWhat(what: XmlElement, warn: Warn): void {
  const groups = children(what, 'Group')
  const tables = children(what, 'Table')
  checkNames(children(what, 'Param'), warn, true)
  checkNames(groups, warn, false)
  checkNames(tables, warn, false)
  for (const group of groups) checkNames(children(group, 'Param'), warn, true)
  for (const table of tables) {
    checkNames([...children(table, 'Param'), ...children(table, 'Field')], warn, true)
    checkCells(table, warn)
  }
  for (const scope of [what, ...groups, ...tables]) {
    for (const param of children(scope, 'Param')) {
      const value = attribute(param, 'value') ?? children(param, 'Value')[0]?.text
      if (value !== undefined) checkNumber(param, attribute(param, 'dataType'), value, warn)
    }
  }
}

/** Names are unique within their scope; Params and Fields need one (VOEvent 2.0 §3.3). */
function checkNames(elements: readonly XmlElement[], warn: Warn, needed: boolean): void {
  const seen = new Set<string>()
  for (const element of elements) {
    const name = attribute(element, 'name')
    if (name === undefined || name === '') {
      if (needed) warn('VOE_NAME_MISSING', element, '')
    } else if (seen.has(name)) {
      warn('VOE_NAME_REPEATED', element, JSON.stringify(name), 'name')
    } else {
      seen.add(name)
    }
  }
}

/** An empty cell is an absent value; any other is held to its column's type. A row has a cell for each Field. */
function checkCells(table: XmlElement, warn: Warn): void {
  const fields = children(table, 'Field')
  const uneven = at(table, 'Data', 'TR').find((row) => children(row, 'TD').length !== fields.length)
  if (uneven) warn('VOE_ROW', uneven, `It has ${children(uneven, 'TD').length} for ${fields.length}.`)
  for (const data of children(table, 'Data')) {
    for (const row of children(data, 'TR')) {
      for (const [i, cell] of children(row, 'TD').entries()) {
        const field = fields[i]
        if (field && trimSpace(cell.text) !== '') checkNumber(cell, attribute(field, 'dataType'), cell.text, warn)
      }
    }
  }
}

function checkNumber(element: XmlElement, dataType: string | undefined, value: string, warn: Warn): void {
  const good =
    dataType === 'int'
      ? /^[+-]?[0-9]+$/.test(trimSpace(value))
      : dataType !== 'float' || parseFloatText(value) !== undefined
  if (!good) warn('VOE_NUMBER', element, `${JSON.stringify(value.slice(0, 80))} is declared ${dataType}.`)
}

function checkWhereWhen(whereWhen: XmlElement, warn: Warn): void {
  const locations = children(whereWhen, 'ObsDataLocation')
  if (locations.length > 1) warn('VOE_LOCATIONS', whereWhen, `There are ${locations.length}.`)
  for (const location of locations) {
    for (const place of [...children(location, 'ObservatoryLocation'), ...children(location, 'ObservationLocation')]) {
      const system = children(place, 'AstroCoordSystem').map((each) => attribute(each, 'id'))[0]
      for (const coords of children(place, 'AstroCoords')) checkCoords(coords, system, warn)
    }
  }
}

function checkCoords(coords: XmlElement, system: string | undefined, warn: Warn): void {
  const named = attribute(coords, 'coord_system_id')
  if (named !== system) {
    warn('VOE_COORD_SYSTEM', coords, `${named ?? 'none'} beside ${system ?? 'none'}.`, 'coord_system_id')
  }
  for (const position of [...children(coords, 'Position2D'), ...children(coords, 'Position3D')]) {
    const [c1, c2] = ['C1', 'C2'].map((name) =>
      parseFloatText([...at(position, 'Value2', name), ...at(position, 'Value3', name)][0]?.text ?? ''),
    )
    if (c1 === undefined || c2 === undefined) continue
    const unit = attribute(position, 'unit') ?? (position.local === 'Position2D' ? 'deg' : '')
    if (!Number.isFinite(c1) || !Number.isFinite(c2) || isOutsideSphere(c1, c2, unit)) {
      warn('VOE_POSITION', position, `${c1}, ${c2}`)
    }
  }
}

function checkWhy(why: XmlElement, warn: Warn): void {
  const importance = parseFloatText(attribute(why, 'importance') ?? '')
  if (importance !== undefined && !(importance >= 0 && importance <= 1)) {
    warn('VOE_IMPORTANCE', why, `It is ${importance}.`, 'importance')
  }
}
