/** An event of ours is taken back, from everybody who was or may have been sent it. */
import type { By, Retracted } from './port.ts'
import type { Room } from './room.ts'

export function retract(_room: Room, _request: By & { readonly ivoid: string; readonly reason: string }): Retracted {
  throw new Error('not built yet')
}
