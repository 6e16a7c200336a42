/** What a diaObject says of its detections in one band, kept up with each of them. */
import type { Measurement } from './measurement.ts'

export class BandStatistics {
  count = 0
  private weight = 0
  private weighted = 0
  private sum = 0
  private sumSquares = 0
  private errSum = 0
  private scienceWeighted = 0
  private min = Number.NaN
  private max = Number.NaN
  private maxSlope = Number.NaN
  private lastMjdTai = Number.NaN
  private lastFlux = Number.NaN

  add({ fluxNjy, fluxErrNjy, scienceFluxNjy, visit }: Measurement): void {
    const weight = 1 / fluxErrNjy ** 2
    this.count++
    this.weight += weight
    this.weighted += weight * fluxNjy
    this.scienceWeighted += weight * scienceFluxNjy
    this.sum += fluxNjy
    this.sumSquares += fluxNjy ** 2
    this.errSum += fluxErrNjy
    this.min = this.count === 1 ? fluxNjy : Math.min(this.min, fluxNjy)
    this.max = this.count === 1 ? fluxNjy : Math.max(this.max, fluxNjy)
    if (this.count > 1) {
      const slope = (fluxNjy - this.lastFlux) / (visit.midpointMjdTai - this.lastMjdTai)
      this.maxSlope = this.count === 2 ? slope : Math.max(this.maxSlope, slope)
    }
    this.lastFlux = fluxNjy
    this.lastMjdTai = visit.midpointMjdTai
  }

  /** The fields of this band, by their names without it; unset ones are NaN. */
  fields(): Readonly<Record<string, number>> {
    const { count } = this
    const mean = this.sum / count
    const variance = count > 1 ? Math.max(0, (this.sumSquares - count * mean * mean) / (count - 1)) : Number.NaN
    return {
      psfFluxMean: this.weighted / this.weight,
      psfFluxMeanErr: 1 / Math.sqrt(this.weight),
      psfFluxSigma: Math.sqrt(variance),
      psfFluxNdata: count,
      scienceFluxMean: this.scienceWeighted / this.weight,
      scienceFluxMeanErr: 1 / Math.sqrt(this.weight),
      psfFluxMin: this.min,
      psfFluxMax: this.max,
      psfFluxMaxSlope: this.maxSlope,
      psfFluxErrMean: this.errSum / count,
    }
  }
}
