import type { Ledger, Store } from '../record/port.ts'
import type { BridgeStatus } from '../serve/status-report.ts'

const waiting = ['held', 'queued', 'sending', 'submitted'] as const

/** Bridges as they are, and those that are configured no more while deliveries still wait for them. */
export async function bridgesAndLedger(
  open: readonly BridgeStatus[],
  store: Pick<Store, 'ledger'>,
): Promise<{ bridges: readonly BridgeStatus[]; ledger: Ledger }> {
  const ledger = await store.ledger('totals')
  const gone = ledger.bridges
    .filter(({ bridge }) => open.every(({ name }) => name !== bridge))
    .filter(({ states }) => waiting.some((state) => (states[state] ?? 0) > 0))
    .map(({ bridge }) => ({ name: bridge, state: 'gone', reason: 'configured no more; its deliveries wait for it' }))
  return { bridges: [...open, ...gone], ledger }
}
