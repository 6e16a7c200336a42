/** The ledger of a gateway that is down, held against the rows that it counts. */

import { openForReading } from '../../src/record/database.ts'
import { checkLedger } from '../../src/record/ledger.ts'
import { databasePath } from '../../src/record/writer.ts'
import type { GatewayHome } from '../gateway-process.ts'

/** Each entry names one sum that does not add up. */
export function ledgerFaultsIn(home: Pick<GatewayHome, 'data'>): string[] {
  const sql = openForReading(databasePath(home.data))
  try {
    return checkLedger(sql)
  } finally {
    sql.close()
  }
}
