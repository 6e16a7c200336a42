/** The grammar of the language (docs/filters.md): an excerpt of ADQL 2.1 (appendix A) with extensions. */
import { EmbeddedActionsParser, EOF, type IToken, type ParserMethod } from 'chevrotain'
import { limits } from './limits.ts'
import { filterError, type Span } from './place.ts'
import type {
  Arithmetic,
  Comparison as ComparisonSign,
  Name,
  QuerySyntax,
  SelectItem,
  Syntax,
  SyntaxBranch,
} from './syntax.ts'
import { syntaxErrorHint, syntaxMessages } from './syntax-messages.ts'
import * as t from './tokens.ts'

/** A syntax node without its place: `at` adds it. */
type Bare<T> = T extends Span ? Omit<T, keyof Span> : never

const nowhere: Span = { start: 0, end: 0 }

export class FilterGrammar extends EmbeddedActionsParser {
  #text = ''
  #nodes = 0

  constructor() {
    super(t.allTokens, { maxLookahead: 2, errorMessageProvider: syntaxMessages })
    this.performSelfAnalysis()
  }

  read(text: string, tokens: IToken[]): QuerySyntax {
    this.#text = text
    this.#nodes = 0
    this.input = tokens
    const query = this.filter()
    const error = this.errors[0]
    if (error === undefined) return query
    const last = tokens.at(-1)
    const found = error.token.tokenType === EOF ? undefined : error.token
    const end = last === undefined ? 0 : t.tokenEnd(last)
    const span = found === undefined ? { start: end, end } : { start: found.startOffset, end: t.tokenEnd(found) }
    const before = tokens[(found === undefined ? tokens.length : tokens.indexOf(found)) - 1]
    throw filterError('FILTER_SYNTAX', text, span, error.message + syntaxErrorHint(found, before, error.name))
  }

  /** From the first token of a rule to the last one consumed. */
  #at<T extends Syntax | SelectItem>(start: Span, node: Bare<T>): T {
    if (this.RECORDING_PHASE) return { ...node, ...nowhere } as unknown as T
    if (++this.#nodes > limits.nodes) {
      throw filterError('FILTER_TOO_LARGE', this.#text, start, `more than ${limits.nodes} values and operations`)
    }
    return { ...node, start: start.start, end: t.tokenEnd(this.LA(0)) } as unknown as T
  }

  #start(): Span {
    return this.RECORDING_PHASE ? nowhere : spanOf(this.LA(1))
  }

  filter: ParserMethod<[], QuerySyntax> = this.RULE('filter', () => {
    const query = this.OR([
      { ALT: () => this.SUBRULE(this.select) },
      {
        ALT: () => ({ select: undefined, table: undefined, alias: undefined, where: this.SUBRULE(this.expression) }),
      },
    ])
    this.OPTION(() => this.CONSUME(t.Semicolon))
    return query
  })

  select: ParserMethod<[], QuerySyntax> = this.RULE('select', () => {
    const items: SelectItem[] = []
    this.CONSUME(t.Select)
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => items.push(this.SUBRULE(this.item)),
      ERR_MSG: 'a column',
    })
    this.CONSUME(t.From)
    const table = this.SUBRULE(this.name)
    const alias = this.OPTION(() => {
      this.OPTION1(() => this.CONSUME(t.As))
      return this.SUBRULE1(this.name)
    })
    const where = this.OPTION2(() => {
      this.CONSUME(t.Where)
      return this.SUBRULE(this.expression)
    })
    return { select: items, table, alias, where }
  })

  item: ParserMethod<[], SelectItem> = this.RULE('item', () => {
    const start = this.#start()
    return this.OR({
      DEF: [
        {
          ALT: (): SelectItem => {
            this.CONSUME(t.Star)
            return this.#at(start, { kind: 'all', qualifier: undefined })
          },
        },
        {
          // `a.*` and `a.mag` differ at the third token, further than the grammar looks ahead elsewhere.
          GATE: () => this.LA(2).tokenType === t.Dot && this.LA(3).tokenType === t.Star,
          ALT: (): SelectItem => {
            const qualifier = this.SUBRULE(this.name)
            this.CONSUME(t.Dot)
            this.CONSUME1(t.Star)
            return this.#at(start, { kind: 'all', qualifier })
          },
        },
        {
          ALT: (): SelectItem => {
            const value = this.SUBRULE(this.expression)
            const name = this.OPTION(() => {
              this.OPTION1(() => this.CONSUME(t.As))
              return this.SUBRULE1(this.name)
            })
            return this.#at(start, { kind: 'item', value, name })
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
      ERR_MSG: 'a column',
    })
  })

  name: ParserMethod<[], Name> = this.RULE('name', () =>
    this.OR({
      DEF: [
        {
          ALT: (): Name => {
            const token = this.CONSUME(t.Identifier)
            return { text: token.image, quoted: false, ...spanOf(token) }
          },
        },
        {
          ALT: (): Name => {
            const token = this.CONSUME(t.QuotedIdentifier)
            return { text: unquote(token.image), quoted: true, ...spanOf(token) }
          },
        },
      ],
      ERR_MSG: 'a name',
    }),
  )

  expression: ParserMethod<[], Syntax> = this.RULE('expression', () => {
    const start = this.#start()
    const items = [this.SUBRULE(this.conjunction)]
    this.MANY(() => {
      this.CONSUME(t.Or)
      items.push(this.SUBRULE1(this.conjunction))
    })
    return items.length === 1 ? items[0]! : this.#at(start, { kind: 'logic', operator: 'OR', items })
  })

  conjunction: ParserMethod<[], Syntax> = this.RULE('conjunction', () => {
    const start = this.#start()
    const items = [this.SUBRULE(this.negation)]
    this.MANY(() => {
      this.CONSUME(t.And)
      items.push(this.SUBRULE1(this.negation))
    })
    return items.length === 1 ? items[0]! : this.#at(start, { kind: 'logic', operator: 'AND', items })
  })

  negation: ParserMethod<[], Syntax> = this.RULE('negation', () => {
    const signs: IToken[] = []
    this.MANY(() => signs.push(this.CONSUME(t.Not)))
    const operand = this.SUBRULE(this.predicate)
    return signs.reduceRight((inner, sign) => this.#at(spanOf(sign), { kind: 'not', operand: inner }), operand)
  })

  predicate: ParserMethod<[], Syntax> = this.RULE('predicate', () => {
    const start = this.#start()
    const value = this.SUBRULE(this.sum)
    return (
      this.OPTION(() =>
        this.OR([
          {
            ALT: (): Syntax => {
              const image = this.CONSUME(t.Comparison).image
              const operator = (image === '!=' ? '<>' : image) as ComparisonSign
              const right = this.SUBRULE1(this.sum)
              return this.#at(start, { kind: 'compare', operator, left: value, right })
            },
          },
          {
            ALT: (): Syntax => {
              this.CONSUME(t.Is)
              const negated = this.OPTION1(() => this.CONSUME(t.Not)) !== undefined
              this.CONSUME(t.Null)
              return this.#at(start, { kind: 'is-null', value, negated })
            },
          },
          {
            ALT: (): Syntax => {
              const negated = this.OPTION2(() => this.CONSUME1(t.Not)) !== undefined
              return this.SUBRULE(this.range, { ARGS: [start, value, negated] })
            },
          },
        ]),
      ) ?? value
    )
  })

  /** BETWEEN, IN and LIKE: what NOT may stand before. */
  range: ParserMethod<[Span, Syntax, boolean], Syntax> = this.RULE('range', (start, value, negated) =>
    this.OR({
      DEF: [
        {
          ALT: (): Syntax => {
            this.CONSUME(t.Between)
            const low = this.SUBRULE(this.sum)
            this.CONSUME(t.And)
            const high = this.SUBRULE1(this.sum)
            return this.#at(start, { kind: 'between', value, low, high, negated })
          },
        },
        {
          ALT: (): Syntax => {
            this.CONSUME(t.In)
            const list: Syntax[] = []
            this.CONSUME(t.OpenBracket)
            this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => list.push(this.SUBRULE2(this.sum)) })
            this.CONSUME(t.CloseBracket)
            if (list.length > limits.listItems) {
              throw filterError('FILTER_TOO_LARGE', this.#text, start, `more than ${limits.listItems} values after IN`)
            }
            return this.#at(start, { kind: 'in', value, list, negated })
          },
        },
        {
          ALT: (): Syntax => {
            const ignoreCase = this.OR1([
              { ALT: () => this.CONSUME(t.Like) !== undefined && false },
              { ALT: () => this.CONSUME(t.Ilike) !== undefined },
            ])
            const pattern = this.SUBRULE3(this.sum)
            return this.#at(start, { kind: 'like', value, pattern, negated, ignoreCase })
          },
        },
      ],
      ERR_MSG: 'BETWEEN, IN or LIKE',
    }),
  )

  sum: ParserMethod<[], Syntax> = this.RULE('sum', () => {
    const start = this.#start()
    let left = this.SUBRULE(this.product)
    this.MANY(() => {
      const operator = this.CONSUME(t.PlusMinus)
      const right = this.SUBRULE1(this.product)
      left = this.#at(start, { kind: 'arithmetic', operator: operator.image as Arithmetic, left, right })
    })
    return left
  })

  product: ParserMethod<[], Syntax> = this.RULE('product', () => {
    const start = this.#start()
    let left = this.SUBRULE(this.signed)
    this.MANY(() => {
      const operator = this.OR([{ ALT: () => this.CONSUME(t.Star) }, { ALT: () => this.CONSUME(t.Slash) }])
      const right = this.SUBRULE1(this.signed)
      left = this.#at(start, { kind: 'arithmetic', operator: operator.image as Arithmetic, left, right })
    })
    return left
  })

  signed: ParserMethod<[], Syntax> = this.RULE('signed', () => {
    const signs: IToken[] = []
    this.MANY(() => signs.push(this.CONSUME(t.PlusMinus)))
    const operand = this.SUBRULE(this.primary)
    return signs.reduceRight(
      (inner, sign) => this.#at(spanOf(sign), { kind: 'sign', operator: sign.image as '+' | '-', operand: inner }),
      operand,
    )
  })

  primary: ParserMethod<[], Syntax> = this.RULE('primary', () => {
    const start = this.#start()
    return this.OR({
      DEF: [
        { ALT: (): Syntax => this.#at(start, { kind: 'number', text: this.CONSUME(t.Integer).image }) },
        { ALT: (): Syntax => this.#at(start, { kind: 'number', text: this.CONSUME(t.Decimal).image }) },
        { ALT: (): Syntax => this.#at(start, { kind: 'text', value: unquote(this.CONSUME(t.Text).image) }) },
        { ALT: (): Syntax => this.#at(start, { kind: 'truth', value: this.CONSUME(t.True) !== undefined }) },
        { ALT: (): Syntax => this.#at(start, { kind: 'truth', value: this.CONSUME(t.False) === undefined }) },
        {
          ALT: (): Syntax => {
            this.CONSUME(t.Null)
            return this.#at(start, { kind: 'null' })
          },
        },
        { ALT: () => this.SUBRULE(this.call) },
        { ALT: () => this.SUBRULE(this.column) },
        { ALT: () => this.SUBRULE(this.choice) },
        {
          ALT: () => {
            this.CONSUME(t.OpenBracket)
            const inner = this.SUBRULE(this.expression)
            this.CONSUME(t.CloseBracket)
            return inner
          },
        },
      ],
      ERR_MSG: 'a value',
    })
  })

  call: ParserMethod<[], Syntax> = this.RULE('call', () => {
    const start = this.#start()
    const args: Syntax[] = []
    const token = this.CONSUME(t.Identifier)
    this.CONSUME(t.OpenBracket)
    this.MANY_SEP({ SEP: t.Comma, DEF: () => args.push(this.SUBRULE(this.expression)) })
    this.CONSUME(t.CloseBracket)
    return this.#at(start, { kind: 'call', name: { text: token.image, quoted: false, ...spanOf(token) }, args })
  })

  column: ParserMethod<[], Syntax> = this.RULE('column', () => {
    const start = this.#start()
    const first = this.SUBRULE(this.name)
    const second = this.OPTION(() => {
      this.CONSUME(t.Dot)
      return this.SUBRULE1(this.name)
    })
    const [qualifier, name] = second === undefined ? [undefined, first] : [first, second]
    return this.#at(start, { kind: 'name', qualifier, name })
  })

  choice: ParserMethod<[], Syntax> = this.RULE('choice', () => {
    const start = this.#start()
    const branches: SyntaxBranch[] = []
    this.CONSUME(t.Case)
    const operand = this.OPTION(() => this.SUBRULE(this.expression))
    this.AT_LEAST_ONE({
      DEF: () => {
        this.CONSUME(t.When)
        const when = this.SUBRULE1(this.expression)
        this.CONSUME(t.Then)
        branches.push({ when, result: this.SUBRULE2(this.expression) })
      },
      ERR_MSG: 'WHEN',
    })
    const otherwise = this.OPTION1(() => {
      this.CONSUME(t.Else)
      return this.SUBRULE3(this.expression)
    })
    this.CONSUME(t.End)
    return this.#at(start, { kind: 'case', operand, branches, otherwise })
  })
}

export function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: t.tokenEnd(token) }
}

/** Takes the quotes away; a doubled one inside stands for one. */
function unquote(image: string): string {
  const quote = image.charAt(0)
  return image.slice(1, -1).replaceAll(quote + quote, quote)
}
