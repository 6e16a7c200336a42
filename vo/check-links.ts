/** Rules for References and other links, and for texts that are not what they look like. */
import { attribute, children, family, type Rule, shown, trimmedAttribute, type Warn } from './rule.ts'
import type { XmlElement } from './xml/parse-xml.ts'
import { isUriReference } from './xml/uri.ts'
import { trimSpace } from './xml/white-space.ts'

export const checkLinks: Rule = (root, warn) => {
  let typed = false
  for (const element of family(root)) {
    checkTexts(element, warn)
    if (element.local === 'Reference') {
      const uri = trimmedAttribute(element, 'uri')
      if (uri !== undefined && checkTarget(element, uri, warn, 'uri') && !isAbsolute(uri)) {
        warn('VOE_REFERENCE', element, shown(uri), 'uri')
      }
      if (attribute(element, 'type') !== undefined && !typed) {
        // Old senders write it on each: once is enough.
        warn('VOE_REFERENCE_TYPE', element, '', 'type')
        typed = true
      }
    } else if (element.local === 'logoURL') {
      checkTarget(element, trimSpace(element.text), warn)
    } else if (element.local === 'Param' && /^meta\.ref(?:\.|;|$)/i.test(attribute(element, 'ucd') ?? '')) {
      const value = attribute(element, 'value')
      if (value === undefined)
        for (const each of children(element, 'Value')) checkTarget(each, trimSpace(each.text), warn)
      else checkTarget(element, trimSpace(value), warn, 'value')
    }
  }
}

/** Says what is dangerous about a link; whether nothing is. */
export function checkTarget(element: XmlElement, uri: string, warn: Warn, name?: string): boolean {
  // Browsers pass over white space within a scheme; the parser has refused control characters.
  const scheme = /^\s*([a-z][a-z0-9+.\s-]*):/i.exec(uri)?.[1]?.replace(/\s/g, '').toLowerCase()
  if (scheme !== undefined && unsafeSchemes.has(scheme)) {
    warn('SAFE_URI', element, `Its scheme is ${scheme}.`, name)
    return false
  }
  // The message must not carry the secret any further.
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:[^/?#]*@/i.test(uri)) {
    warn('SAFE_CREDENTIALS', element, 'A user and a password stand before the host.', name)
    return false
  }
  const secret = /[?&#]((?:access_|auth_|id_)?token|api_?key|passw(?:or)?d|pwd|secret|x-amz-signature)=[^&]/i.exec(
    uri,
  )?.[1]
  if (secret !== undefined) {
    warn('SAFE_CREDENTIALS', element, `It has the parameter ${secret}.`, name)
    return false
  }
  return true
}

const unsafeSchemes = new Set(['javascript', 'vbscript', 'data', 'file', 'blob', 'about', 'view-source'])

function isAbsolute(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]*:./i.test(uri) && isUriReference(uri)
}

/** Delete and the C1 controls; what turns the direction of text, has no width, or tags it unseen. */
const unseen = /[\u007f-\u0084\u0086-\u009f\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u

/** Warns of characters that change what a text seems to say, in an element and its attributes. */
export function checkTexts(element: XmlElement, warn: Warn): void {
  const say = (text: string, name?: string) => {
    const found = unseen.exec(text)?.[0]?.codePointAt(0)
    if (found !== undefined) {
      warn('SAFE_TEXT', element, `U+${found.toString(16).toUpperCase().padStart(4, '0')}.`, name)
    }
  }
  say(element.text)
  for (const { name, value } of element.attributes) say(value, name)
}
