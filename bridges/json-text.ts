/** JSON that a person changed. */
import { Refusal } from './contract.ts'
import { oneLine } from './words.ts'

/** No message is nested half so deep; written a value a line, a deep one becomes a thousand times longer. */
const deepest = 32

/** Throws `Refusal` with a sentence. */
export function readJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Refusal([`The text is no JSON: ${oneLine((error as Error).message, 200)}.`])
  }
  if (isDeeper(value, deepest)) throw new Refusal([`The text holds brackets in brackets, more than ${deepest} deep.`])
  return value
}

function isDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return most === 0 || Object.values(value).some((one) => isDeeper(one, most - 1))
}
