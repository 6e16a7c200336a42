/** Axes: round numbers within a range, and where a value lies. */

export interface Axis {
  readonly ticks: readonly { readonly value: number; readonly text: string }[]
  /** Place in pixels. */
  at(value: number): number
}

/** From `low` at `from` pixels to `high` at `to`; about `wanted` ticks, each 1, 2 or 5 times a power of ten apart. */
export function linearAxis(low: number, high: number, from: number, to: number, wanted: number): Axis {
  const step = roundStep((high - low) / wanted)
  const decimals = Math.max(0, Math.min(12, -Math.floor(Math.log10(step) + 1e-9)))
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  const ticks = Array.from({ length: Math.max(0, Math.min(20, last - first + 1)) }, (_, index) => {
    const value = (first + index) * step
    return { value, text: tickText(value, decimals) }
  })
  const scale = (to - from) / (high - low)
  return { ticks, at: (value) => from + (value - low) * scale }
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough * 0.7) ?? 10
  return factor * power
}

/** With a real minus sign, and powers of ten where the number is long. */
function tickText(value: number, decimals: number): string {
  const size = Math.abs(value)
  const text = size >= 1e5 || decimals > 6 ? value.toExponential(1).replace('e+', 'e') : value.toFixed(decimals)
  return Number(text) === 0 ? '0' : text.replaceAll('-', '−')
}

/** A range with room on both sides; what is a single value gets `least` of width. */
export function padded(low: number, high: number, least: number, room: number): readonly [number, number] {
  // Beyond the precision of a double there is no width.
  const most = Math.max(least, Math.max(Math.abs(low), Math.abs(high)) * 1e-9)
  const missing = Math.max(0, most - (high - low)) / 2
  const width = high - low + 2 * missing
  return [low - missing - width * room, high + missing + width * room]
}
