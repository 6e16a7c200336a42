/** What the parser reads: the text as a tree, names not yet looked up, types not yet known. */
import type { Span } from './place.ts'

export interface Name extends Span {
  /** As written, without quotes. */
  readonly text: string
  /** Quoted names match exactly, plain ones whatever their case. */
  readonly quoted: boolean
}

export type Arithmetic = '+' | '-' | '*' | '/'
export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='

type Node<Kind extends string, Parts> = Span & { readonly kind: Kind } & Readonly<Parts>
export type Syntax =
  | Node<'number', { text: string }>
  | Node<'text', { value: string }>
  | Node<'truth', { value: boolean }>
  | Node<'null', object>
  | Node<'name', { qualifier: Name | undefined; name: Name }>
  | Node<'call', { name: Name; args: readonly Syntax[] }>
  | Node<'sign', { operator: '+' | '-'; operand: Syntax }>
  | Node<'not', { operand: Syntax }>
  | Node<'arithmetic', { operator: Arithmetic; left: Syntax; right: Syntax }>
  | Node<'compare', { operator: Comparison; left: Syntax; right: Syntax }>
  | Node<'logic', { operator: 'AND' | 'OR'; items: readonly Syntax[] }>
  | Node<'between', { value: Syntax; low: Syntax; high: Syntax; negated: boolean }>
  | Node<'in', { value: Syntax; list: readonly Syntax[]; negated: boolean }>
  | Node<'like', { value: Syntax; pattern: Syntax; negated: boolean; ignoreCase: boolean }>
  | Node<'is-null', { value: Syntax; negated: boolean }>
  | Node<'case', { operand: Syntax | undefined; branches: readonly SyntaxBranch[]; otherwise: Syntax | undefined }>

export interface SyntaxBranch {
  readonly when: Syntax
  readonly result: Syntax
}

export type SelectItem =
  | Node<'all', { qualifier: Name | undefined }>
  | Node<'item', { value: Syntax; name: Name | undefined }>

export interface QuerySyntax {
  /** undefined: a bare condition, which selects every column. */
  readonly select: readonly SelectItem[] | undefined
  readonly table: Name | undefined
  readonly alias: Name | undefined
  readonly where: Syntax | undefined
}
