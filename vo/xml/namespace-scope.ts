/** Which prefix stands for which namespace at a place in a document (Namespaces in XML 1.0). */
import { isUriReference } from './uri.ts'

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'

/** Prefixes in force; '' is the default namespace, kept apart too because every element asks for it. */
export interface Scope {
  readonly prefixes: ReadonlyMap<string, string>
  readonly fallback: string | undefined
}

export const outermost: Scope = { prefixes: new Map([['xml', xmlNamespace]]), fallback: undefined }

/** What is wrong with a declaration (§3: the reserved prefixes, and no undeclaring of a prefix). */
export function declarationFault(prefix: string, namespace: string): string | undefined {
  const xml = prefix === 'xml'
  if (prefix === 'xmlns' || namespace === xmlnsNamespace || xml !== (namespace === xmlNamespace)) {
    return `The namespace declaration of ${JSON.stringify(prefix)} is not allowed.`
  }
  if (prefix !== '' && namespace === '') return `The prefix ${prefix} is declared without a namespace.`
  return isUriReference(namespace) ? undefined : `The namespace ${JSON.stringify(namespace)} is no URI.`
}

export function scopeWithin(outer: Scope, declared: ReadonlyMap<string, string>): Scope {
  const prefixes = new Map([...outer.prefixes, ...declared])
  // xmlns="" takes the default namespace back.
  return { prefixes, fallback: prefixes.get('') || undefined }
}
