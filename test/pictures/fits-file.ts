/** FITS files made card by card, right or wrong as a test wants them. */

export type Bitpix = 8 | 16 | 32 | 64 | -32 | -64

export interface Unit {
  readonly cards: readonly string[]
  readonly data?: Uint8Array
}

const block = 2880

export function card(keyword: string, value: string | number | boolean): string {
  const text =
    typeof value === 'string'
      ? `'${value.replaceAll("'", "''").padEnd(8)}'`
      : typeof value === 'boolean'
        ? (value ? 'T' : 'F').padStart(20)
        : String(value).toUpperCase().padStart(20)
  return `${keyword.padEnd(8)}= ${text}`.padEnd(80)
}

export function fitsFile(units: readonly Unit[]): Uint8Array {
  return Buffer.concat(
    units.flatMap(({ cards, data = new Uint8Array() }) => [
      padded(Buffer.from([...cards, 'END'.padEnd(80)].join('')), 32),
      padded(data, 0),
    ]),
  )
}

/** A primary image. `values` are as they are stored. */
export function image(
  width: number,
  height: number,
  bitpix: Bitpix,
  values: readonly number[],
  more: readonly string[] = [],
): Unit {
  return {
    cards: [
      card('SIMPLE', true),
      card('BITPIX', bitpix),
      card('NAXIS', 2),
      card('NAXIS1', width),
      card('NAXIS2', height),
      ...more,
    ],
    data: stored(bitpix, values),
  }
}

function stored(bitpix: Bitpix, values: readonly number[]): Uint8Array {
  const size = Math.abs(bitpix) / 8
  const view = new DataView(new ArrayBuffer(size * values.length))
  for (const [index, value] of values.entries()) {
    const at = index * size
    if (bitpix === 8) view.setUint8(at, value)
    else if (bitpix === 16) view.setInt16(at, value)
    else if (bitpix === 32) view.setInt32(at, value)
    else if (bitpix === 64) view.setBigInt64(at, BigInt(value))
    else if (bitpix === -32) view.setFloat32(at, value)
    else view.setFloat64(at, value)
  }
  return new Uint8Array(view.buffer)
}

function padded(bytes: Uint8Array, fill: number): Uint8Array {
  const missing = (block - (bytes.length % block)) % block
  return Buffer.concat([bytes, Buffer.alloc(missing, fill)])
}
