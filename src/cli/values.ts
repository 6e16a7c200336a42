/** Parsers of option values: a wrong one is a usage error before anything is read or opened. */
import { InvalidArgumentError } from 'commander'

/** A whole number in decimal digits. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number, at least ${least}.`
        : `It must be a whole number from ${least} to ${most}.`,
    )
  }
}

export const port = whole(1, 65_535)

/** A number above 0, with or without a fraction. */
export function positive(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
    if (value > 0 && value <= most) return value
    throw new InvalidArgumentError(`It must be a number above 0, at most ${most}.`)
  }
}

/** An option or argument that may be given several times. */
export function several<Value>(parse: (text: string) => Value): (text: string, before?: Value[]) => Value[] {
  return (text, before = []) => [...before, parse(text)]
}
