/** Who, How, Why and Citations. */

import { contributorRoles } from '../contributor-roles.ts'
import type { Author, Citations, Contributor, EventIvoid, Inference, Notes, Who, Why } from '../model/voevent.ts'
import type { XmlElement } from './parse-xml.ts'
import { descriptions, oneDescription, present, reference, references, trimmed } from './read-parts.ts'
import type { Reading, Taken } from './reading.ts'
import { trimSpace } from './white-space.ts'

/** VOEvent 2.0 §3.2. */
export function who(reading: Reading, element: XmlElement): Who {
  const taken = reading.take(element, {
    children: { AuthorIVORN: 'one', Date: 'one', Description: 'one', Reference: 'one', Author: 'one' },
  })
  const author = taken.first('Author')
  return present({
    authorIvoid: trimmed(reading.text(taken.first('AuthorIVORN'))),
    date: reading.token(taken.first('Date')),
    author: author && authorOf(reading, author),
    description: oneDescription(reading, taken),
    reference: reference(reading, taken.first('Reference')),
  })
}

function authorOf(reading: Reading, element: XmlElement): Author | undefined {
  const taken = reading.take(element, {
    children: {
      title: 'first',
      shortName: 'first',
      logoURL: 'first',
      contactName: 'first',
      contactEmail: 'first',
      contactPhone: 'first',
      contributor: 'many',
      Contributor: 'many',
    },
  })
  const contributors = element.children.flatMap((each): Contributor[] => {
    if (each.local === 'contributor') return [{ name: reading.text(each)! }]
    return each.local === 'Contributor' ? [contributor(reading, each)] : []
  })
  const author = present({
    title: reading.text(taken.first('title')),
    shortName: reading.text(taken.first('shortName')),
    logoUrl: trimmed(reading.text(taken.first('logoURL'))),
    contactName: reading.text(taken.first('contactName')),
    contactEmail: reading.text(taken.first('contactEmail')),
    contactPhone: reading.text(taken.first('contactPhone')),
    contributors: contributors.length > 0 ? contributors : undefined,
  })
  if (Object.keys(author).length > 0) return author
  reading.odd('VOE_MISSING', element, 'The Author is empty.')
  return undefined
}

/** VOEvent 2.1 §3.2. */
function contributor(reading: Reading, element: XmlElement): Contributor {
  reading.later(element)
  const taken = reading.take(element, { attributes: ['role', 'altIdentifier', 'ivorn'], text: true })
  const role = taken.attribute('role')
  if (role !== undefined && !contributorRoles.has(role))
    reading.odd('VOE_CONTRIBUTOR_ROLE', element, JSON.stringify(role.slice(0, 80)))
  return {
    name: element.text,
    ...present({
      role,
      altIdentifier: trimmed(taken.attribute('altIdentifier')),
      ivoid: trimmed(taken.attribute('ivorn')),
    }),
  }
}

/** VOEvent 2.0 §3.5. */
export function how(reading: Reading, element: XmlElement): Notes | undefined {
  const taken = reading.take(element, { children: { Description: 'many', Reference: 'many' } })
  atLeastOne(reading, element)
  const notes = { descriptions: descriptions(reading, taken), references: references(reading, taken) }
  return notes.descriptions.length + notes.references.length > 0 ? notes : undefined
}

/** VOEvent 2.0 §3.6. */
export function why(reading: Reading, element: XmlElement): Why {
  const taken = reading.take(element, {
    attributes: ['importance', 'expires'],
    children: { Name: 'many', Concept: 'many', Inference: 'many', Description: 'many', Reference: 'many' },
  })
  atLeastOne(reading, element)
  return {
    ...present({
      importance: reading.float(element, taken.attribute('importance')),
      expires: trimmed(taken.attribute('expires')),
    }),
    ...reasons(reading, taken),
    inferences: taken.many('Inference').map((each) => inference(reading, each)),
    descriptions: descriptions(reading, taken),
    references: references(reading, taken),
  }
}

function inference(reading: Reading, element: XmlElement): Inference {
  const taken = reading.take(element, {
    attributes: ['probability', 'relation'],
    children: { Name: 'many', Concept: 'many', Description: 'many', Reference: 'many' },
  })
  atLeastOne(reading, element)
  return {
    ...present({
      probability: reading.float(element, taken.attribute('probability')),
      relation: taken.attribute('relation'),
    }),
    ...reasons(reading, taken),
    descriptions: descriptions(reading, taken),
    references: references(reading, taken),
  }
}

function reasons(reading: Reading, taken: Taken): { names: string[]; concepts: string[] } {
  return {
    names: taken.many('Name').map((each) => reading.text(each)!),
    concepts: taken.many('Concept').map((each) => reading.text(each)!),
  }
}

/** The schema demands a child in How, Why and Inference. */
function atLeastOne(reading: Reading, element: XmlElement): void {
  if (element.children.length === 0) reading.odd('VOE_MISSING', element, `${element.name} is empty.`)
}

const cites = ['followup', 'supersedes', 'retraction'] as const

/** VOEvent 2.0 §3.7. */
export function citations(reading: Reading, element: XmlElement): Citations | undefined {
  const taken = reading.take(element, { children: { EventIVORN: 'many', Description: 'one' } })
  reading.inOrder(element, ['EventIVORN', 'Description'], 'fixed')
  const events = taken.many('EventIVORN').map((each): EventIvoid => {
    const cite = reading.take(each, { attributes: ['cite'], text: true }).attribute('cite')
    const known = cites.find((one) => one === cite)
    if (cite !== undefined && known === undefined)
      reading.odd('VOE_UNKNOWN', each, `cite=${JSON.stringify(cite.slice(0, 80))}`)
    return { ivoid: trimSpace(each.text), ...(known ? { cite: known } : {}) }
  })
  if (events.length === 0) {
    reading.odd('VOE_MISSING', element, 'EventIVORN')
    return undefined
  }
  return { events, ...present({ description: oneDescription(reading, taken) }) }
}
