/** How fields of the model stand in the draft's XML: the one place that the writer, the reader and the XSD ask. */
import { type WireField, wireFields } from './wire-field.ts'

/** Texts that may be long or have several lines. */
const longTexts: ReadonlySet<string> = new Set(['description', 'moc', 'query'])

/**
 * Whether a field is an attribute: single words, numbers and short texts are, and the id of a ParamSet; classes, lists,
 * long texts and embedded content are elements.
 */
function isAttribute(field: WireField): boolean {
  switch (field.form) {
    case 'paramSetId':
      return true
    case 'enumeration':
      return isSingle(field)
    case 'scalar':
      return isSingle(field) && field.base !== 'bytes' && !(field.base === 'text' && longTexts.has(field.name))
    default:
      return false
  }
}

const isSingle = ({ often }: Extract<WireField, { base: string }>): boolean => often === 'once' || often === 'optional'

export function attributesOf(className: string): readonly WireField[] {
  return wireFields(className).filter(isAttribute)
}

/** The elements of a class in their order. */
export function elementsOf(className: string): readonly WireField[] {
  return wireFields(className).filter((field) => !isAttribute(field))
}
