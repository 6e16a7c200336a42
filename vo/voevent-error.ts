import { cutOff, type ValidationCode, validationCodes } from './validation-codes.ts'

/** A document that cannot be read as a VOEvent. */
export class VOEventError extends Error {
  override readonly name = 'VOEventError'
  readonly code: ValidationCode
  readonly detail: string
  /** Counted from 1; 0 where unknown. */
  readonly line: number
  readonly fix: string
  constructor(code: ValidationCode, detail: string, line = 0) {
    super(`${validationCodes[code].says} ${cutOff(detail)}`.trim() + (line > 0 ? ` (line ${line})` : ''))
    this.code = code
    this.detail = cutOff(detail)
    this.line = line
    this.fix = validationCodes[code].fix
  }
}
