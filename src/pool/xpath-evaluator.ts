/** XPath 1.0 by libxml2, in a worker: what a filter says about one document. */
import { ParseOption, XmlDocument, XmlXPath } from 'libxml2-wasm'

const keptExpressions = 1000
/** Filters are people's one-liners; longer ones cost more than they can be worth. */
const maxExpressionLength = 4096
/** No network, no external entities; entities stay unexpanded. */
const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE

const voeventNamespace = /^http:\/\/www\.ivoa\.net\/xml\/VOEvent\/v\d+\.\d+$/
const defaultNamespace = 'http://www.ivoa.net/xml/VOEvent/v2.0'
const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance'
/** What an expression is tried on: it finds functions and prefixes that do not exist. */
const trial = `<voe:VOEvent xmlns:voe="${defaultNamespace}" role="test" version="2.0" ivorn="ivo://org.example/trial#1"/>`

export class XPathEvaluator {
  readonly #compiled = new Map<string, XmlXPath>()
  #trial: XmlDocument | undefined

  /** Why the expression cannot be used, or undefined. */
  fault(expression: string): string | undefined {
    if (expression.length > maxExpressionLength) return `it is longer than ${maxExpressionLength} characters`
    try {
      // By itself first: it is compiled as an argument below, where a stray parenthesis would not show.
      XmlXPath.compile(expression).dispose()
      this.#trial ??= XmlDocument.fromString(trial)
      this.#evaluate(this.#trial, expression)
      return undefined
    } catch (error) {
      return reason(error)
    }
  }

  /**
   * Calls `each` before every expression and returns, for each, whether it matches or why it failed. The context is
   * the root element. `voe` is bound to the root's own namespace, `xsi` to XML Schema's; no other prefix is.
   */
  match(
    document: Uint8Array,
    expressions: readonly string[],
    each: (index: number) => void,
  ): (boolean | { failed: string })[] {
    let parsed: XmlDocument
    try {
      parsed = XmlDocument.fromBuffer(document, { option })
    } catch (error) {
      const failed = `the document is not well-formed: ${reason(error)}`
      return expressions.map(() => ({ failed }))
    }
    try {
      return expressions.map((expression, index) => {
        each(index)
        try {
          return this.#evaluate(parsed, expression)
        } catch (error) {
          return { failed: reason(error) }
        }
      })
    } finally {
      parsed.dispose()
    }
  }

  #evaluate(document: XmlDocument, expression: string): boolean {
    const { root } = document
    const namespace = voeventNamespace.test(root.namespaceUri) ? root.namespaceUri : defaultNamespace
    return root.eval(this.#compile(expression, namespace)) === true
  }

  /**
   * Compiled as `boolean(…)`, which has just the sense that filters give to their results: true, a number that is
   * not zero, a string or node-set that is not empty.
   */
  #compile(expression: string, voe: string): XmlXPath {
    const key = `${voe} ${expression}`
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const compiled = XmlXPath.compile(`boolean(${expression})`, { voe, xsi: schemaInstance })
    this.#compiled.set(key, compiled)
    const [oldest] = this.#compiled
    if (this.#compiled.size > keptExpressions && oldest !== undefined) {
      this.#compiled.delete(oldest[0])
      oldest[1].dispose()
    }
    return compiled
  }
}

/** libxml2's own words, without the expression that they repeat. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (text.startsWith('Failed to compile')) return 'it is no XPath 1.0 expression'
  const detail = /^Failed to evaluate XPath expression '.*'(?:: (.*))?$/s.exec(text)
  return (detail === null ? text : (detail[1] ?? 'it cannot be evaluated')).split('\n')[0] ?? text
}
