/** Rules for Who and Why: addresses, identifiers of people and organisations, concepts. */
import { IvoidError, parseIvoid } from './ivoid.ts'
import { at, children, is21, type Rule, shown, trimmedAttribute } from './rule.ts'
import { trimSpace } from './xml/white-space.ts'

export const checkPeople: Rule = (root, warn) => {
  for (const email of at(root, 'Who', 'Author', 'contactEmail')) {
    const text = trimSpace(email.text)
    if (text !== '' && !text.split(/[,;]\s*/).every((each) => emailForm.test(each))) {
      warn('VOE_EMAIL', email, shown(text))
    }
  }
  for (const contributor of at(root, 'Who', 'Author', 'Contributor')) {
    const identifier = trimmedAttribute(contributor, 'altIdentifier')
    const fault = identifier === undefined ? undefined : identifierFault(identifier)
    if (fault !== undefined) warn('VOE_CONTRIBUTOR_ID', contributor, fault, 'altIdentifier')
    try {
      parseIvoid(trimmedAttribute(contributor, 'ivorn') ?? 'ivo://none')
    } catch (error) {
      if (!(error instanceof IvoidError)) throw error
      warn(error.code, contributor, error.message, 'ivorn')
    }
  }
  for (const why of children(root, 'Why')) {
    for (const concept of [...children(why, 'Concept'), ...at(why, 'Inference', 'Concept')]) {
      const text = trimSpace(concept.text)
      if (text === '' || uatForm.test(text)) continue
      if (/^https?:\/\/(?:(?:www\.)?astrothesaurus\.org|(?:www\.)?ivoa\.net\/rdf\/uat)/i.test(text)) {
        warn('VOE_UAT', concept, shown(text))
      } else if (is21(root)) {
        warn('VOE_CONCEPT', concept, shown(text))
      }
    }
  }
}

/** What mail programs take without quotes. */
const emailForm = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/

/** A concept of the Unified Astronomy Thesaurus, by its own URI or the IVOA's. */
const uatForm = /^https?:\/\/(?:(?:www\.)?astrothesaurus\.org\/uat\/[0-9]+|(?:www\.)?ivoa\.net\/rdf\/uat#[a-z0-9-]+)$/

/** What is wrong with an ORCID or a ROR identifier; undefined for others too. */
export function identifierFault(text: string): string | undefined {
  if (/orcid/i.test(text) || /^[0-9]{4}-/.test(text)) {
    const orcid = /^(?:https?:\/\/(?:www\.)?orcid\.org\/|orcid:)?((?:[0-9]{4}-){3}[0-9]{3}[0-9X])$/i.exec(text)?.[1]
    if (orcid === undefined) return `${shown(text)} is no ORCID: https://orcid.org/0000-0001-2345-6789 is the form.`
    return hasOrcidCheck(orcid) ? undefined : `The check character of ${shown(text)} is wrong.`
  }
  if (/(?:^|\/\/|\.)ror\.org|^ror:/i.test(text)) {
    const ror = /^(?:https?:\/\/(?:www\.)?ror\.org\/|ror:)(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})$/i.exec(text)?.[1]
    if (ror === undefined) return `${shown(text)} is no ROR identifier: https://ror.org/ and nine characters.`
    return hasRorCheck(ror) ? undefined : `The check digits of ${shown(text)} are wrong.`
  }
  return undefined
}

/** ISO 7064 MOD 11-2 over fifteen digits. */
function hasOrcidCheck(orcid: string): boolean {
  const characters = orcid.replaceAll('-', '').toUpperCase()
  let total = 0
  for (const digit of characters.slice(0, 15)) total = ((total + Number(digit)) * 2) % 11
  const check = (12 - total) % 11
  return characters.at(-1) === (check === 10 ? 'X' : String(check))
}

const base32 = '0123456789abcdefghjkmnpqrstvwxyz'

/** ISO 7064 MOD 97-10 over seven characters of Crockford's base 32. */
function hasRorCheck(ror: string): boolean {
  let value = 0
  for (const character of ror.slice(0, 7).toLowerCase()) value = value * 32 + base32.indexOf(character)
  return Number(ror.slice(7)) === 98 - ((value * 100) % 97)
}
