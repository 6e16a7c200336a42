/** Seeded mutation of documents as trees: the mutants stay well-formed, so that it is the schema that judges them. */
import { escapeAttribute, escapeText } from '../../vo/xml/escape.ts'
import type { XmlElement } from '../../vo/xml/parse-xml.ts'

export interface Node {
  name: string
  attributes: [name: string, value: string][]
  children: Node[]
  text: string
}

export function nodeOf({ name, attributes, children, text }: XmlElement): Node {
  const own = attributes.filter((each) => each.namespace === undefined)
  const inner = children.map(nodeOf)
  return {
    name,
    attributes: own.map((each) => [each.name, each.value]),
    children: inner,
    text: inner.length > 0 ? text.trim() : text,
  }
}

export const copyOf = ({ name, attributes, children, text }: Node): Node => ({
  name,
  attributes: attributes.map(([each, value]) => [each, value]),
  children: children.map(copyOf),
  text,
})

export function serialize(node: Node, declarations = ''): string {
  const attributes = node.attributes.map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`).join('')
  const inner = escapeText(node.text) + node.children.map((child) => serialize(child)).join('')
  return `<${node.name}${declarations}${attributes}${inner === '' ? '/>' : `>${inner}</${node.name}>`}`
}

/** What mutants are made of: names and values that the schema knows, and others. */
export interface Stock {
  readonly elements: readonly string[]
  readonly attributes: readonly string[]
  readonly values: readonly string[]
  /** For xsi:type. */
  readonly types?: readonly string[]
  /** For xmlns. */
  readonly namespaces?: readonly string[]
}

type Random = (n: number) => number

/** One change, in place: an element, an attribute or a value dropped, doubled, moved, renamed, changed or added. */
export function mutateTree(root: Node, stock: Stock, random: Random): void {
  const all: { node: Node; parent?: Node }[] = []
  const collect = (node: Node, parent?: Node) => {
    all.push(parent ? { node, parent } : { node })
    for (const child of node.children) collect(child, node)
  }
  collect(root)
  const pick = <T>(from: readonly T[]): T => from[random(from.length)]!
  const { node, parent } = pick(all)
  const other = pick(all).node
  const place = parent?.children.indexOf(node) ?? 0
  // A namespace that is no URI would be no document.
  const changeable = node.attributes.filter(([name]) => name !== 'xmlns')
  const attribute = changeable[random(changeable.length)]
  const others = all.flatMap((each) => each.node.attributes.map(([, value]) => value))
  const fresh = (): Node => ({
    name: pick(stock.elements),
    attributes: [],
    children: [],
    text: random(2) ? '' : pick(stock.values),
  })
  const changes: (() => unknown)[] = [
    () => parent?.children.splice(place, 1),
    () => parent?.children.splice(place, 0, copyOf(node)),
    () => parent?.children.splice(place, 1, ...node.children),
    () => parent?.children.reverse(),
    () => parent?.children.push(...parent.children.splice(place, 1)),
    () => other.children.splice(random(other.children.length + 1), 0, copyOf(node)),
    () => node.children.splice(random(node.children.length + 1), 0, fresh()),
    () => (node.name = pick(stock.elements)),
    () => node.attributes.splice(random(node.attributes.length), 1),
    () => attribute && (attribute[1] = pick(stock.values)),
    () => attribute && (attribute[1] = ` ${attribute[1]}\t`),
    () => attribute && rename(node, attribute, pick(stock.attributes)),
    () => add(node, pick(stock.attributes), pick(stock.values)),
    () => attribute && (attribute[1] = pick(others)),
    () => add(node, 'id', pick(others)),
    () => add(node, 'xsi:type', pick(stock.types ?? [''])),
    () => add(node, 'xmlns', pick(stock.namespaces ?? [''])),
    () => (node.text = pick(stock.values)),
    () => (node.text = ` ${node.text}\n`),
    () => (node.children = []),
  ]
  pick(changes)()
}

function add(node: Node, name: string, value: string): void {
  if (!node.attributes.some(([each]) => each === name)) node.attributes.push([name, value])
}

function rename(node: Node, attribute: [string, string], name: string): void {
  if (!node.attributes.some(([each]) => each === name)) attribute[0] = name
}
