/** Marks of points as SVG paths, all of about the same area. */
import type { Shape } from './look.ts'

export function shapePath(shape: Shape, x: number, y: number, size: number): string {
  switch (shape) {
    case 'circle':
      return `M${n(x - size)} ${n(y)}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`
    case 'square':
      return polygon(x, y, size * 1.25, 4, 45)
    case 'triangle':
      return polygon(x, y, size * 1.4, 3, 0)
    case 'inverted':
      return polygon(x, y, size * 1.4, 3, 180)
    case 'diamond':
      return polygon(x, y, size * 1.35, 4, 0)
    case 'pentagon':
      return polygon(x, y, size * 1.15, 5, 0)
    case 'star':
      return polygon(x, y, size * 1.5, 5, 0, 0.45)
  }
}

/** An upper limit: a bar, and an arrow down from it. */
export function arrowPath(x: number, y: number, size: number): string {
  const half = n(size * 0.8)
  const length = n(size * 2.2)
  const head = n(size * 0.7)
  return `M${n(x - size * 0.8)} ${n(y)}h${n(size * 1.6)}M${n(x)} ${n(y)}v${length}m${-half} ${-head}l${half} ${head}l${half} ${-head}`
}

/** Corners on a circle, the first one `turnDeg` from the top; with `inner`, every second one so far inside. */
function polygon(x: number, y: number, radius: number, corners: number, turnDeg: number, inner = 1): string {
  const count = inner === 1 ? corners : 2 * corners
  const points = Array.from({ length: count }, (_, index) => {
    const angle = ((turnDeg - 90 + (360 * index) / count) * Math.PI) / 180
    const distance = inner !== 1 && index % 2 === 1 ? radius * inner : radius
    return `${n(x + distance * Math.cos(angle))} ${n(y + distance * Math.sin(angle))}`
  })
  return `M${points.join('L')}z`
}

const n = (value: number): number => Math.round(value * 10) / 10
