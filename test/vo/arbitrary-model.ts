/**
 * Events of any shape that the data model can say, built from its definition: every class and every field, int64, NaN,
 * -0 and infinities, text of every kind. For properties: what is written must read back the same in meaning.
 */
import fc from 'fast-check'
import {
  type ClassDefinition,
  classes,
  enumerations,
  type FieldDefinition,
  fieldType,
} from '../../vo/model/definition.ts'
import type { DataType, Param, ParamDefinition, Table, Value, VOEvent } from '../../vo/model/voevent.ts'

export interface ModelTexts {
  /** Leaves out the characters that XML 1.0 cannot carry (most control characters, U+FFFE and U+FFFF). */
  readonly xml?: boolean
}

/** Any event of the model; small, so that thousands of them are quick. */
export function arbitraryModelEvent(texts: ModelTexts = {}): fc.Arbitrary<VOEvent> {
  return new ModelArbitraries(texts).ofClass('VOEvent') as fc.Arbitrary<VOEvent>
}

const pieces = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abz019 ._-+') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      '\\',
      ']]>',
      '\n',
      '\t',
      '\r',
      '\r\n',
      '&amp;',
      '<!--',
      '\u0085',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('é', 'Ω', '漢', '😀', '\u2028', '\ufffd', '\u00a0', '__proto__', 'NaN', '{'),
  },
)
const piecedText = fc.array(pieces, { maxLength: 12 }).map((each) => each.join(''))
const anyText = fc.oneof({ weight: 4, arbitrary: piecedText }, fc.string({ unit: 'binary', maxLength: 12 }))
const xmlText = anyText.map((text) => text.replace(/[^\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?'))

const token = fc.array(fc.constantFrom(...'abcXYZ019-._'), { minLength: 1, maxLength: 12 }).map((each) => each.join(''))
const isoTime = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, -1))
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const double = fc.oneof(
  { weight: 4, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.float() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1e21, -1e-7, 0.1, 2 ** 53),
  },
)
const floatText = fc.constantFrom('12.50', '-0.0', '1E5', '.5', '+3', '007.0', 'NaN', 'INF', '-INF', '1e400')
const intText = fc.oneof(
  int64.map(String),
  fc.constantFrom('007', '+7', '-0', '9007199254740993', '9223372036854775807'),
)

class ModelArbitraries {
  readonly #text: fc.Arbitrary<string>
  readonly #classes = new Map<string, fc.Arbitrary<object>>()
  readonly #params: fc.Arbitrary<readonly Param[]>
  constructor({ xml = false }: ModelTexts) {
    this.#text = xml ? xmlText : anyText
    const definition = this.ofClass('ParamDefinition') as fc.Arbitrary<ParamDefinition>
    // Some lists of definitions are the same objects from event to event, as a mapping's are.
    const known = fc.constantFrom(...fc.sample(uniqueByName(definition), { numRuns: 3, seed: 3 }))
    const definitions = fc.oneof({ weight: 2, arbitrary: uniqueByName(definition) }, known)
    this.#params = definitions.chain((each) => fc.tuple(...each.map((one) => this.#param(one))))
    this.#classes.set('Table', this.#table(definitions))
  }

  ofClass(name: string): fc.Arbitrary<object> {
    let arbitrary = this.#classes.get(name)
    if (!arbitrary) {
      arbitrary = this.#record(classes[name]!, {})
      this.#classes.set(name, arbitrary)
    }
    return arbitrary
  }

  /** `given` replaces what the definition says of a field. */
  #record({ fields }: ClassDefinition, given: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
    const shape: Record<string, fc.Arbitrary<unknown>> = {}
    const required: string[] = []
    for (const [name, field] of Object.entries(fields)) {
      shape[name] = given[name] ?? this.#field(field)
      const { cardinality, always } = fieldType(field)
      if (cardinality === '1' || always) required.push(name)
    }
    return fc.record(shape, { requiredKeys: required, noNullPrototype: true })
  }

  #field(field: FieldDefinition): fc.Arbitrary<unknown> {
    const { base, kind, cardinality } = fieldType(field)
    if (base === 'Param') return this.#params
    const one =
      kind === 'class'
        ? this.ofClass(base)
        : kind === 'enumeration'
          ? fc.constantFrom(...enumerations[base]!.values)
          : this.#scalar(base)
    return cardinality === '0..*' ? fc.array(one, { maxLength: 2 }) : one
  }

  #scalar(type: string): fc.Arbitrary<unknown> {
    switch (type) {
      case 'text':
        return this.#text
      case 'uri':
        return fc.oneof(
          token.map((each) => `https://example.org/${each}?a=1&b=2`),
          this.#text,
        )
      case 'ivoid':
        return token.map((each) => `ivo://example.org/stream#${each}`)
      case 'isoTime':
        return isoTime
      case 'float':
        return double
      case 'int':
        return fc.maxSafeInteger()
      case 'boolean':
        return fc.boolean()
      case 'bytes':
        return fc.uint8Array({ maxLength: 20 })
      default:
        throw new TypeError(`a field of type ${type} stands where this generator has no definition for it`)
    }
  }

  #value(dataType: DataType): fc.Arbitrary<Value> {
    const typed: Readonly<Record<DataType, fc.Arbitrary<Value>>> = {
      string: this.#text,
      float: fc.oneof({ weight: 3, arbitrary: double }, floatText),
      int: fc.oneof(fc.maxSafeInteger(), int64, intText),
      boolean: fc.boolean(),
    }
    return fc.oneof({ weight: 6, arbitrary: typed[dataType] }, fc.constant(null))
  }

  #param(definition: ParamDefinition): fc.Arbitrary<Param> {
    const given = { definition: fc.constant(definition), value: this.#value(definition.dataType) }
    return this.#record(classes.Param!, given) as fc.Arbitrary<Param>
  }

  #table(definitions: fc.Arbitrary<readonly ParamDefinition[]>): fc.Arbitrary<Table> {
    return definitions.chain((fields) => {
      const row = fc.tuple(...fields.map(({ dataType }) => this.#value(dataType)))
      const given = { fields: fc.constant(fields), rows: fc.array(row, { maxLength: 3 }) }
      return this.#record(classes.Table!, given) as fc.Arbitrary<Table>
    })
  }
}

const uniqueByName = (definition: fc.Arbitrary<ParamDefinition>): fc.Arbitrary<readonly ParamDefinition[]> =>
  fc.uniqueArray(definition, { selector: ({ name }) => name, maxLength: 4 })
