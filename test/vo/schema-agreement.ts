/** Holds a schema of ours against the reference one: both must say the same of every document. */
import { readFileSync } from 'node:fs'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { expect } from 'vitest'
import { seeded } from './mutate.ts'
import { copyOf, mutateTree, type Node, type Stock, serialize } from './mutate-tree.ts'

export interface Tally {
  accepted: number
  refused: number
}

/** Two schemas of one namespace, compiled. */
export interface SchemaPair {
  /** The verdict that both give; fails where they differ. */
  judge(tree: Node): keyof Tally
  /** Every word that one of them lists. */
  readonly words: readonly string[]
  dispose(): void
}

const seed = Number(process.env.FOUNTAIN_SEED ?? 20261121)

export const documentOf = (tree: Node, namespace: string): string =>
  serialize(
    tree,
    ` xmlns:voe="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"`,
  )

export function openPair(ourPath: string, referencePath: string, namespace: string): SchemaPair {
  const words = new Set<string>()
  const [ours, theirs] = [ourPath, referencePath].map((path) => {
    const text = readFileSync(path, 'utf8')
    for (const [, word] of text.matchAll(/<xs:enumeration value="([^"]*)"/g)) words.add(word!)
    const document = XmlDocument.fromString(text)
    return { document, validator: XsdValidator.fromDoc(document) }
  }) as [Schema, Schema]
  return {
    words: [...words],
    judge(tree) {
      const text = documentOf(tree, namespace)
      const bytes = Buffer.from(text)
      const verdict = accepts(theirs.validator, bytes)
      if (accepts(ours.validator, bytes) !== verdict)
        expect.fail(`the reference ${verdict ? 'accepts' : 'refuses'}, ours does not: ${text}`)
      return verdict ? 'accepted' : 'refused'
    },
    dispose() {
      for (const { validator, document } of [ours, theirs]) {
        validator.dispose()
        document.dispose()
      }
    },
  }
}

interface Schema {
  readonly document: XmlDocument
  readonly validator: XsdValidator
}

/** Parsed anew for each schema: libxml2 keeps the ids that it met with the document. */
function accepts(validator: XsdValidator, bytes: Uint8Array): boolean {
  const document = XmlDocument.fromBuffer(bytes)
  try {
    validator.validate(document)
    return true
  } catch {
    return false
  } finally {
    document.dispose()
  }
}

/** Mutants of the bases, each of which is drawn as often as any other. The same seed gives the same mutants. */
export function* mutants(bases: readonly Node[], stock: Stock, count: number): Generator<Node> {
  const random = seeded(seed)
  for (let i = 0; i < count; i++) {
    const mutant = copyOf(bases[random(bases.length)]!)
    for (let left = random(4) === 0 ? 3 : 1; left > 0; left--) mutateTree(mutant, stock, random)
    yield mutant
  }
}

const stockOf = ({ words }: SchemaPair, stock: Stock): Stock => ({
  ...stock,
  values: [...new Set([...stock.values, ...words])],
})

/** Judges mutants and prints the seed and the figures; at least a fifth must be accepted, and a fifth refused. */
export function compareMutants(pair: SchemaPair, title: string, bases: readonly Node[], stock: Stock, count: number) {
  const tally: Tally = { accepted: 0, refused: 0 }
  let number = 0
  for (const mutant of mutants(bases, stockOf(pair, stock), count)) {
    try {
      tally[pair.judge(mutant)]++
      number++
    } catch (error) {
      throw new Error(`FOUNTAIN_SEED=${seed}, mutant ${number} of ${title}: ${(error as Error).message}`)
    }
  }
  console.log(`schemas of ${title}: seed ${seed}: ${tally.accepted} mutants accepted, ${tally.refused} refused`)
  expect(tally.accepted).toBeGreaterThan(count / 5)
  expect(tally.refused).toBeGreaterThan(count / 5)
}

/**
 * At each place of a packet: each attribute with several values, each value as text, each type by xsi:type; each
 * element put in at the front, at the end and alone; each child taken away, doubled, opened, changed with each other.
 */
export function compareEveryPlace(pair: SchemaPair, packet: Node, stock: Stock): Tally {
  const tally: Tally = { accepted: 0, refused: 0 }
  const examples = new Map<string, Node>()
  const visited = new Set<string>()
  const withWords = stockOf(pair, stock)
  const judgeIn = (tree: Node) => () => {
    tally[pair.judge(tree)]++
  }
  const gather = (node: Node): void => {
    if (!examples.has(node.name)) examples.set(node.name, withoutIds(node))
    node.children.forEach(gather)
  }
  const visit = (node: Node, path: string, judge: () => void): void => {
    const here = `${path}/${node.name}`
    const shape = [
      here,
      ...node.children.map(({ name }) => name),
      ...node.attributes.map(([name]) => `@${name}`),
    ].join()
    // Params alike need no second look.
    if (!visited.has(shape)) vary(node, withWords, examples, judge)
    visited.add(shape)
    for (const child of node.children) visit(child, here, judge)
  }
  gather(packet)
  vary(packet, withWords, examples, judgeIn(packet))
  // A part may stand without the others, which makes smaller documents to judge.
  for (const part of packet.children) visit(part, '', judgeIn({ ...packet, children: [part] }))
  return tally
}

/** Changes a node in every way, one at a time, and back. */
function vary(node: Node, stock: Stock, examples: ReadonlyMap<string, Node>, judge: () => void): void {
  const { text, attributes, children } = node
  for (node.text of stock.values) judge()
  node.text = text
  for (const name of stock.attributes) {
    const others = attributes.filter(([each]) => each !== name)
    const there = others.length < attributes.length
    const values = name === 'xsi:type' ? (stock.types ?? []) : there ? stock.values : ['', '1', '1a', 'UTC-ICRS-TOPO']
    node.attributes = others
    if (there) judge()
    for (const value of values) {
      node.attributes = [...others, [name, value]]
      judge()
    }
  }
  node.attributes = attributes
  node.children = []
  judge()
  for (const name of stock.elements) {
    const added = examples.get(name) ?? { name, attributes: [], children: [], text: '' }
    for (node.children of [[added, ...children], [...children, added], [added]]) judge()
  }
  children.forEach((child, i) => {
    for (const instead of [[], [child, withoutIds(child)], child.children]) {
      node.children = children.toSpliced(i, 1, ...instead)
      judge()
    }
    for (let j = i + 1; j < children.length; j++) {
      node.children = children.with(i, children[j]!).with(j, child)
      judge()
    }
  })
  node.children = children
}

function withoutIds({ children, attributes, ...node }: Node): Node {
  return { ...node, attributes: attributes.filter(([name]) => name !== 'id'), children: children.map(withoutIds) }
}
