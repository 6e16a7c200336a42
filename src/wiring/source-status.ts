/** What the page and `/readyz` say of the sources. */
import type { FountainError } from '../errors.ts'
import type { StatusReport } from '../serve/status-report.ts'
import type { RunningSource } from '../tasks/run-source.ts'

export function sourceStatus(source: RunningSource): StatusReport['sources'][number] {
  const { phase, lastError, lastRecordTimeMs, behind } = source.state()
  return {
    name: source.name,
    describe: source.describe,
    state: phase,
    ...(lastError === null || phase === 'running' ? {} : { reason: lastError }),
    ...(behind === null ? {} : { lag: behind }),
    ...(lastRecordTimeMs === null ? {} : { newestRecordMs: lastRecordTimeMs }),
  }
}

export function readiness(
  sources: readonly RunningSource[],
  storeFailure: FountainError | undefined,
): { ok: boolean; reasons: string[] } {
  const ofSources = sources.flatMap((source) => {
    const { phase, lastError } = source.state()
    return phase === 'failed' || phase === 'waiting'
      ? [`source ${source.name}: ${phase}${lastError ? `: ${lastError}` : ''}`]
      : []
  })
  const reasons = [...(storeFailure ? [`store: ${storeFailure.message}`] : []), ...ofSources]
  return { ok: reasons.length === 0, reasons }
}
