/** What a person decides about deliveries: again, not at all, it is there, or yes. */
import type { By, Changed } from './port.ts'
import type { Room } from './room.ts'

export function retryDeliveries(
  _room: Room,
  _ids: readonly number[],
  _options: By & { readonly again: boolean },
): Changed {
  throw new Error('not built yet')
}
export function dropDeliveries(
  _room: Room,
  _ids: readonly number[],
  _options: By & { readonly reason: string },
): Changed {
  throw new Error('not built yet')
}
export function confirmSent(
  _room: Room,
  _ids: readonly number[],
  _options: By & { readonly receipt?: string },
): Changed {
  throw new Error('not built yet')
}
export function approve(_room: Room, _ids: readonly number[], _options: By): Changed {
  throw new Error('not built yet')
}
