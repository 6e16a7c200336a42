import { expect } from 'vitest'
import { Refusal } from '../../bridges/contract.ts'

/** Was it refused as the contract wants it? Anything else that is thrown is a fault. */
export function refusalOf(render: () => unknown): boolean {
  try {
    render()
    return false
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    expect(error.reasons.length).toBeGreaterThan(0)
    for (const reason of error.reasons) expect(reason).toMatch(/\S/)
    return true
  }
}
