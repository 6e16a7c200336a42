/**
 * Random numbers that are the same on every machine: xoshiro128** (Blackman & Vigna 2018), seeded through a mixing
 * of keys, so that each object and visit has a stream of its own and any of them can be made without the others.
 */
export class Random {
  private a = 0
  private b = 0
  private c = 0
  private d = 0
  private spare = Number.NaN

  constructor(...keys: readonly number[]) {
    let state = 0x9e3779b9
    const mix = (value: number): number => {
      state = (state + value + 0x9e3779b9) | 0
      let mixed = state ^ (state >>> 16)
      mixed = Math.imul(mixed, 0x21f0aaad)
      mixed ^= mixed >>> 15
      mixed = Math.imul(mixed, 0x735a2d97)
      mixed ^= mixed >>> 15
      state ^= mixed
      return mixed
    }
    for (const key of keys) {
      mix(key | 0)
      mix(Math.floor(key / 2 ** 32) | 0)
    }
    this.a = mix(1)
    this.b = mix(2)
    this.c = mix(3)
    this.d = mix(4) | 1
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.b, 5), 7), 9) >>> 0
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = rotate(this.d, 11)
    return result
  }

  /** From 0 up to, not including, 1. */
  uniform(): number {
    return this.uint32() / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** A whole number below `count`. */
  below(count: number): number {
    return Math.floor(this.uniform() * count)
  }

  /** Of mean 0 and sigma 1 (Marsaglia's polar method). */
  gaussian(): number {
    if (!Number.isNaN(this.spare)) {
      const value = this.spare
      this.spare = Number.NaN
      return value
    }
    for (;;) {
      const x = this.between(-1, 1)
      const y = this.between(-1, 1)
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      this.spare = y * scale
      return x * scale
    }
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
