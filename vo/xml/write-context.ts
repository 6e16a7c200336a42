/** Who, How, Why and Citations: who says it, with what, what it may mean, and what it follows. */
import type { Citations, Contributor, Inference, Notes, Who, Why } from '../model/voevent.ts'
import { escapeText } from './escape.ts'
import type { WrittenVersion } from './write-event.ts'
import { attribute, description, notes, numberText, reference, textElement } from './write-parts.ts'

/** VOEvent 2.0 §3.2. */
export function who(part: Who, version: WrittenVersion): string {
  const inner = '    '
  let xml =
    textElement(inner, 'AuthorIVORN', part.authorIvoid) +
    textElement(inner, 'Date', part.date) +
    description(inner, part.description) +
    (part.reference ? reference(inner, part.reference) : '')
  if (part.author) {
    const author = part.author
    const text =
      textElement('      ', 'title', author.title) +
      textElement('      ', 'shortName', author.shortName) +
      textElement('      ', 'logoURL', author.logoUrl) +
      textElement('      ', 'contactName', author.contactName) +
      textElement('      ', 'contactEmail', author.contactEmail) +
      textElement('      ', 'contactPhone', author.contactPhone) +
      (author.contributors ?? []).map((each) => contributor(each, version)).join('')
    // The schema refuses an empty Author.
    if (text !== '') xml += `    <Author>\n${text}    </Author>\n`
  }
  return `  <Who>\n${xml}  </Who>\n`
}

/** 2.1 has attributes, in an element that is spelled with a capital; the other form is going out of use. */
function contributor({ name, role, altIdentifier, ivoid }: Contributor, version: WrittenVersion): string {
  if (version === '2.0') return textElement('      ', 'contributor', name)
  const attributes = attribute('role', role) + attribute('altIdentifier', altIdentifier) + attribute('ivorn', ivoid)
  return `      <Contributor${attributes}>${escapeText(name)}</Contributor>\n`
}

/** VOEvent 2.0 §3.5. The schema refuses an empty How: nothing is written then. */
export function how(part: Notes): string {
  const xml = notes('    ', part)
  return xml === '' ? '' : `  <How>\n${xml}  </How>\n`
}

/** VOEvent 2.0 §3.6. */
export function why(part: Why): string {
  const importance = part.importance === undefined ? '' : ` importance="${numberText(part.importance)}"`
  let xml = reasons('    ', part)
  for (const each of part.inferences) xml += inference(each)
  xml += notes('    ', part)
  const opening = `  <Why${importance}${attribute('expires', part.expires)}>\n`
  return `${opening}${xml === '' ? atLeastOne('    ') : xml}  </Why>\n`
}

function inference(part: Inference): string {
  const probability = part.probability === undefined ? '' : ` probability="${numberText(part.probability)}"`
  const xml = reasons('      ', part) + notes('      ', part)
  const opening = `    <Inference${probability}${attribute('relation', part.relation)}>\n`
  return `${opening}${xml === '' ? atLeastOne('      ') : xml}    </Inference>\n`
}

function reasons(indent: string, part: { readonly names: readonly string[]; readonly concepts: readonly string[] }) {
  let xml = ''
  for (const name of part.names) xml += textElement(indent, 'Name', name)
  for (const concept of part.concepts) xml += textElement(indent, 'Concept', concept)
  return xml
}

/** The schema demands a child; an empty Description is one and says nothing. */
function atLeastOne(indent: string): string {
  return `${indent}<Description/>\n`
}

/** VOEvent 2.0 §3.7. The schema wants at least one event: without any, nothing is written. */
export function citations(part: Citations): string {
  if (part.events.length === 0) return ''
  let xml = '  <Citations>\n'
  for (const { ivoid, cite } of part.events) {
    xml += `    <EventIVORN${attribute('cite', cite)}>${escapeText(ivoid)}</EventIVORN>\n`
  }
  return `${xml}${description('    ', part.description)}  </Citations>\n`
}
