/** Deliveries as people look at them. */
import type { Sql } from './database.ts'
import type { DeliveryDetail, DeliveryLine, DeliveryQuery } from './port.ts'

export function deliveryLines(_sql: Sql, _query: DeliveryQuery): readonly DeliveryLine[] {
  throw new Error('not built yet')
}
export function deliveryDetail(_sql: Sql, _id: number): DeliveryDetail | null {
  throw new Error('not built yet')
}
