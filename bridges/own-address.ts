/** What goes wrong with a request to an address that the operator wrote: the same for every message, so a bridge halts. */
import { DeliveryError } from './contract.ts'

/**
 * For `.catch` behind a request. `key` is where the address stands in the configuration. Of a request that publishes
 * nothing it is certain that nothing reached anybody.
 */
export function ownAddressFault(key: string, publishes: boolean): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof DeliveryError)) throw error
    if (error.kind === 'reject') {
      throw new DeliveryError(
        'halt',
        'no',
        `${key}: ${error.reply}; open its network by \`networks\`, or mend \`${key}\``,
      )
    }
    if (publishes) throw error
    throw new DeliveryError(error.kind, 'no', error.reply)
  }
}
